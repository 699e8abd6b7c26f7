//! One law: see `crosscheck_fuzz::servers`.
#![no_main]
libfuzzer_sys::fuzz_target!(
    |data: &[u8]| crosscheck_fuzz::servers::check(data).unwrap_or_else(|divergence| panic!("{divergence}"))
);
