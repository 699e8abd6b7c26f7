//! One law: see `crosscheck_fuzz::case_file`.
#![no_main]
libfuzzer_sys::fuzz_target!(
    |data: &[u8]| crosscheck_fuzz::case_file::check(data).unwrap_or_else(|divergence| panic!("{divergence}"))
);
