#!/bin/sh
# qdrant-edge 0.9 uses `assert_matches`, which is not yet stable in rustc 1.95. This lets that one feature through for
# that one crate. scripts/setup.py leaves the wrapper out on newer compilers; delete it when they are the minimum.
case " $* " in
*" --crate-name qdrant_edge "*) RUSTC_BOOTSTRAP=1 exec "$@" "-Zcrate-attr=feature(assert_matches)" ;;
esac
exec "$@"
