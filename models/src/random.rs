//! Repeatable draws that depend on the seed and on what is drawn, and on nothing else.

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014): a number that looks random, the same on every machine.
pub fn mixed(seed: u64, index: u64) -> u64 {
    let mut mixed = seed.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(index).wrapping_add(0x9e37_79b9_7f4a_7c15);
    for _ in 0..2 {
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
    }
    mixed
}
