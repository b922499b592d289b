//! What every store promises, as functions over `dyn Store`. Each begins with a store that holds nothing.

mod changing;
mod points;
mod reading;

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use klartext_server::store::Store;

pub use points::{VECTOR_SIZE, wipe};

/// A promise: what it says, and a function that panics when it is not kept.
pub struct Behaviour {
    pub says: &'static str,
    pub check: fn(Arc<dyn Store>) -> BoxFuture<'static, ()>,
}

macro_rules! behaviours {
    ($($says:literal: $check:path,)*) => {
        pub const BEHAVIOURS: &[Behaviour] =
            &[$(Behaviour { says: $says, check: |store| async move { $check(store.as_ref()).await }.boxed() },)*];
    };
}

// The last one closes the store.
behaviours! {
    "every kind comes back as it was written": changing::every_kind_comes_back,
    "umlauts, emoji, nulls and numbers survive": changing::odd_values_survive,
    "the deepest allowed payload survives": changing::the_deepest_payload_survives,
    "a vector comes back with length one": changing::vectors_are_normalised,
    "an upsert replaces the whole point": changing::an_upsert_replaces_the_whole_point,
    "setting fields leaves the rest of a point": changing::setting_fields_leaves_the_rest,
    "of two points with one id the last counts": changing::the_last_of_one_id_counts,
    "a list is applied in its order": changing::a_list_is_applied_in_its_order,
    "writing a list again changes nothing": changing::writing_again_changes_nothing,
    "empty lists do nothing": changing::empty_lists_do_nothing,
    "an invalid point refuses the whole list": changing::an_invalid_point_refuses_the_list,
    "an invalid filter refuses the whole list": changing::an_invalid_filter_refuses_the_list,
    "delete removes what each condition selects": changing::delete_removes_what_is_selected,
    "delete without a condition empties one kind": changing::delete_all_empties_one_kind,
    "three thousand points in one list": changing::a_big_list_arrives,
    "points of half a megabyte": changing::big_points_arrive,
    "concurrent writers lose nothing": changing::concurrent_writers_lose_nothing,
    "what was acknowledged is read at once": changing::writes_are_seen_at_once,
    "every condition selects what it says": reading::conditions_select,
    "get answers in the order of the ids": reading::get_keeps_the_order,
    "pages are complete and in order": reading::pages_are_complete,
    "a page starts at an id that is not there": reading::a_page_starts_anywhere,
    "points come in the order of a field": reading::points_come_in_order,
    "points with equal fields all come": reading::ties_all_come,
    "the nearest come first, by cosine": reading::the_nearest_come_first,
    "a search keeps to its filter and pages": reading::a_search_filters_and_pages,
    "an invalid question is refused": reading::invalid_questions_are_refused,
    "counts are exact": reading::counts_are_exact,
    "values are counted, exactly": reading::values_are_counted,
    "compacting loses nothing": changing::compacting_loses_nothing,
    "after closing everything answers closed": changing::closed_is_closed,
}
