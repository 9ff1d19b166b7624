#![no_main]

// The bodies stand with the tests, which run them over the corpus.
#[allow(dead_code)] // each binary runs one of them
#[path = "../../tests/it/targets.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::cost(bytes));
