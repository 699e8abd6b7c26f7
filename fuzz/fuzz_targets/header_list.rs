//! One law: see `crosscheck_fuzz::header_list`.
#![no_main]
libfuzzer_sys::fuzz_target!(
    |data: &[u8]| crosscheck_fuzz::header_list::check(data).unwrap_or_else(|divergence| panic!("{divergence}"))
);
