//! One law: see `crosscheck_fuzz::fetch`.
#![no_main]
libfuzzer_sys::fuzz_target!(
    |data: &[u8]| crosscheck_fuzz::fetch::check(data).unwrap_or_else(|divergence| panic!("{divergence}"))
);
