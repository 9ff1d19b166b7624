//! MD5 and SHA-1. Names and tags have them to be unique, not to be secret.

/// The rotations of the rounds of MD5 (RFC 1321).
const ROTATIONS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];

/// The message with its padding: a bit, zeros, and its length in bits.
fn padded(text: &[u8], length: [u8; 8]) -> Vec<u8> {
    let mut out = text.to_vec();
    out.push(0x80);
    // The length stands at the end of a block.
    out.resize((out.len() + 8).next_multiple_of(64) - 8, 0);
    out.extend(length);
    out
}

/// The sixteen words of a block.
fn words(block: &[u8], word: fn([u8; 4]) -> u32) -> Vec<u32> {
    block.chunks_exact(4).map(|bytes| word([bytes[0], bytes[1], bytes[2], bytes[3]])).collect()
}

fn bits(text: &[u8]) -> u64 {
    (text.len() as u64).wrapping_mul(8)
}

/// The constants of MD5: the digits of sines.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the product is in the range of 32 bits")]
fn sine(at: u32) -> u32 {
    (f64::from(at + 1).sin().abs() * 4_294_967_296.0) as u32
}

/// The digest of MD5 (RFC 1321).
pub(super) fn md5(text: &[u8]) -> Vec<u8> {
    let mut state: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in padded(text, bits(text).to_le_bytes()).chunks_exact(64) {
        let words = words(block, u32::from_le_bytes);
        let [mut a, mut b, mut c, mut d] = state;
        for step in 0..64_usize {
            let (mixed, word) = match step / 16 {
                0 => ((b & c) | (!b & d), step),
                1 => ((d & b) | (!d & c), (5 * step + 1) % 16),
                2 => (b ^ c ^ d, (3 * step + 5) % 16),
                _ => (c ^ (b | !d), (7 * step) % 16),
            };
            let sum =
                a.wrapping_add(mixed).wrapping_add(sine(u32::try_from(step).unwrap_or(0))).wrapping_add(words[word]);
            (a, d, c) = (d, c, b);
            b = b.wrapping_add(sum.rotate_left(ROTATIONS[step / 16][step % 4]));
        }
        for (part, new) in state.iter_mut().zip([a, b, c, d]) {
            *part = part.wrapping_add(new);
        }
    }
    state.iter().flat_map(|part| part.to_le_bytes()).collect()
}

/// The digest of SHA-1 (RFC 3174).
#[expect(clippy::many_single_char_names, reason = "the letters of the standard")]
pub(super) fn sha1(text: &[u8]) -> Vec<u8> {
    let mut state: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    for block in padded(text, bits(text).to_be_bytes()).chunks_exact(64) {
        let mut words = words(block, u32::from_be_bytes);
        for at in 16..80 {
            words.push((words[at - 3] ^ words[at - 8] ^ words[at - 14] ^ words[at - 16]).rotate_left(1));
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (step, word) in words.iter().enumerate() {
            let (mixed, constant) = match step / 20 {
                0 => ((b & c) | (!b & d), 0x5a82_7999),
                1 => (b ^ c ^ d, 0x6ed9_eba1),
                2 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6_u32),
            };
            let sum = a.rotate_left(5).wrapping_add(mixed).wrapping_add(e).wrapping_add(constant).wrapping_add(*word);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, sum);
        }
        for (part, new) in state.iter_mut().zip([a, b, c, d, e]) {
            *part = part.wrapping_add(new);
        }
    }
    state.iter().flat_map(|part| part.to_be_bytes()).collect()
}
