//! What users write: a version, and bytes as hex.

use puremqtt::Version;

/// `3.1`, `3.1.1` or `5`.
pub fn version(text: &str) -> Result<Version, String> {
    [Version::V3_1, Version::V3_1_1, Version::V5]
        .into_iter()
        .find(|version| version.to_string() == text)
        .ok_or_else(|| format!("{text:?} is not one of the versions 3.1, 3.1.1 and 5"))
}

/// Bytes of hex in either case, with spaces anywhere.
pub fn bytes(hex: &str) -> Result<Vec<u8>, String> {
    let digits = hex
        .chars()
        .filter(|character| !character.is_ascii_whitespace());
    let digits = digits.map(digit).collect::<Result<Vec<u8>, String>>()?;
    digits
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Ok(high << 4 | low),
            _ => Err(format!("an odd number of hex digits: {}", digits.len())),
        })
        .collect()
}

fn digit(character: char) -> Result<u8, String> {
    character
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
        .ok_or_else(|| format!("{character:?} is not a hex digit"))
}

/// Hex of bytes, in lower case.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
