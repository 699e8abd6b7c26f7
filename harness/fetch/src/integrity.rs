//! [Subresource Integrity](https://w3c.github.io/webappsec-subresource-integrity/#does-response-match-metadatalist).

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

/// [Do bytes match metadataList?](https://w3c.github.io/webappsec-subresource-integrity/#does-response-match-metadatalist): one
/// hash of the strongest algorithm among the hashes that parse must match; if none parses, everything matches.
#[must_use]
pub fn do_bytes_match_metadata(bytes: &[u8], metadata: &str) -> bool {
    let parsed: Vec<(u16, Vec<u8>)> = metadata.split_ascii_whitespace().filter_map(parse).collect();
    let Some(strongest) = parsed.iter().map(|(strength, _)| *strength).max() else {
        return true;
    };
    let actual = match strongest {
        256 => Sha256::digest(bytes).to_vec(),
        384 => Sha384::digest(bytes).to_vec(),
        _ => Sha512::digest(bytes).to_vec(),
    };
    parsed
        .iter()
        .any(|(strength, hash)| *strength == strongest && *hash == actual)
}

fn parse(item: &str) -> Option<(u16, Vec<u8>)> {
    let expression = item.split('?').next()?;
    let (algorithm, value) = expression.split_once('-')?;
    let strength = match algorithm.to_ascii_lowercase().as_str() {
        "sha256" => 256,
        "sha384" => 384,
        "sha512" => 512,
        _ => return None,
    };
    let standard: String = value
        .chars()
        .map(|c| match c {
            '-' => '+',
            '_' => '/',
            c => c,
        })
        .collect();
    let hash = GeneralPurpose::new(&base64::alphabet::STANDARD, LENIENT)
        .decode(standard)
        .ok()?;
    Some((strength, hash))
}
