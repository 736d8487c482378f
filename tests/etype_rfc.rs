//! The vectors that the specifications print, each with its section.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its functions as well"
)]

use hex_literal::hex;
use negotiate::kerberos::etype::simplified::{n_fold, n_fold_128};
use negotiate::kerberos::etype::{EncryptionKey, EncryptionType, KeyUsage, krb_fx_cf2, string_to_key};
use negotiate::random::{Randomness, Unavailable};

const AES128_SHA1: EncryptionType = EncryptionType::AES128_CTS_HMAC_SHA1_96;
const AES256_SHA1: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA1_96;
const AES128_SHA2: EncryptionType = EncryptionType::AES128_CTS_HMAC_SHA256_128;
const AES256_SHA2: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA384_192;
const CAMELLIA128: EncryptionType = EncryptionType::CAMELLIA128_CTS_CMAC;
const CAMELLIA256: EncryptionType = EncryptionType::CAMELLIA256_CTS_CMAC;
const RC4: EncryptionType = EncryptionType::RC4_HMAC;

/// RFC 3961 appendix A.1.
#[test]
fn rfc3961_n_fold() {
    let folded = |input: &str, expected: &[u8]| {
        let mut output = vec![0xee; expected.len()];
        n_fold(input.as_bytes(), &mut output);
        assert_eq!(output, expected, "{input} to {} bits", expected.len() * 8);
    };
    folded("012345", &hex!("be072631276b1955"));
    folded("password", &hex!("78a07b6caf85fa"));
    folded("Rough Consensus, and Running Code", &hex!("bb6ed30870b7f0e0"));
    folded("password", &hex!("59e4a8ca7c0385c3c37b3f6d2000247cb6e6bd5b3e"));
    folded("MASSACHVSETTS INSTITVTE OF TECHNOLOGY", &hex!("db3b0d8f0b061e603282b308a50841229ad798fab9540c1b"));
    folded("Q", &hex!("518a54a215a8452a518a54a215a8452a518a54a215"));
    folded("ba", &hex!("fb25d531ae8974499f52fd92ea9857c4ba24cf297e"));
    folded("kerberos", &hex!("6b65726265726f73"));
    folded("kerberos", &hex!("6b65726265726f737b9b5b2b93132b93"));
    folded("kerberos", &hex!("8372c236344e5f1550cd0747e15d62ca7a5a3bcea4"));
    folded("kerberos", &hex!("6b65726265726f737b9b5b2b93132b935c9bdcdad95c9899c4cae4dee6d6cae4"));
    // Nothing to fold, or nowhere to: not a division by zero.
    folded("", &[0, 0, 0]);
    folded("kerberos", &[]);
}

/// The short way to 128 bits, by which keys are derived, is the long way's result for every length it takes.
#[test]
fn n_fold_128_agrees_with_n_fold() {
    fn agrees<const OCTETS: usize>(seed: u64) {
        let input = core::array::from_fn::<u8, OCTETS, _>(|at| seed.to_le_bytes()[at]);
        let mut output = [0; 16];
        n_fold(&input, &mut output);
        assert_eq!(n_fold_128(input), output, "{input:02x?}");
    }
    let mut seed = 0x0123_4567_89ab_cdefu64;
    for _ in 0..2_000 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407).rotate_left(17);
        agrees::<1>(seed);
        agrees::<2>(seed);
        agrees::<3>(seed);
        agrees::<4>(seed);
        agrees::<5>(seed);
        agrees::<6>(seed);
        agrees::<7>(seed);
        agrees::<8>(seed);
    }
    for edge in [0, u64::MAX, 1, 1 << 63] {
        agrees::<3>(edge);
        agrees::<5>(edge);
        agrees::<8>(edge);
    }
}

/// The passwords and salts of RFC 3962 appendix B and RFC 6803 section 10, and the iteration counts that go with them.
fn raeburn() -> [(&'static str, Vec<u8>, u32); 7] {
    [
        ("password", b"ATHENA.MIT.EDUraeburn".to_vec(), 1),
        ("password", b"ATHENA.MIT.EDUraeburn".to_vec(), 2),
        ("password", b"ATHENA.MIT.EDUraeburn".to_vec(), 1200),
        ("password", hex!("1234567878563412").to_vec(), 5),
        (
            "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
            b"pass phrase equals block size".to_vec(),
            1200,
        ),
        (
            "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
            b"pass phrase exceeds block size".to_vec(),
            1200,
        ),
        ("\u{1d11e}", b"EXAMPLE.COMpianist".to_vec(), 50),
    ]
}

fn assert_string_to_key<const N: usize>(etype: EncryptionType, expected: [[u8; N]; 7]) {
    for ((password, salt, count), expected) in raeburn().into_iter().zip(expected) {
        let key = string_to_key(etype, password.as_bytes(), &salt, Some(&count.to_be_bytes())).unwrap();
        assert_eq!(key.expose(), expected, "{etype} {password} {count}");
    }
}

/// RFC 3962 appendix B.
#[test]
fn rfc3962_string_to_key() {
    assert_string_to_key(
        AES128_SHA1,
        [
            hex!("42263c6e89f4fc28b8df68ee09799f15"),
            hex!("c651bf29e2300ac27fa469d693bdda13"),
            hex!("4c01cd46d632d01e6dbe230a01ed642a"),
            hex!("e9b23d52273747dd5c35cb55be619d8e"),
            hex!("59d1bb789a828b1aa54ef9c2883f69ed"),
            hex!("cb8005dc5f90179a7f02104c0018751d"),
            hex!("f149c1f2e154a73452d43e7fe62a56e5"),
        ],
    );
    assert_string_to_key(
        AES256_SHA1,
        [
            hex!("fe697b52bc0d3ce14432ba036a92e65bbb52280990a2fa27883998d72af30161"),
            hex!("a2e16d16b36069c135d5e9d2e25f896102685618b95914b467c67622225824ff"),
            hex!("55a6ac740ad17b4846941051e1e8b0a7548d93b0ab30a8bc3ff16280382b8c2a"),
            hex!("97a4e786be20d81a382d5ebc96d5909cabcdadc87ca48f574504159f16c36e31"),
            hex!("89adee3608db8bc71f1bfbfe459486b05618b70cbae22092534e56c553ba4b34"),
            hex!("d78c5c9cb872a8c9dad4697f0bb5b2d21496c82beb2caeda2112fceea057401b"),
            hex!("4b6d9839f84406df1f09cc166db4b83c571848b784a3d6bdc346589a3e393f9e"),
        ],
    );
}

/// RFC 6803 section 10.
#[test]
fn rfc6803_string_to_key() {
    assert_string_to_key(
        CAMELLIA128,
        [
            hex!("57d0297298ffd9d35de5a47fb4bde24b"),
            hex!("73f1b53aa0f310f93b1de8ccaa0cb152"),
            hex!("8e571145452855575fd916e7b04487aa"),
            hex!("00498fd916bfc1c2b1031c170801b381"),
            hex!("8bf6c3ef709b981dbb585d086843be05"),
            hex!("5752ac8d6ad1ccfe8430b312871c2f74"),
            hex!("cc75c7fd260f1c1658011fcc0d560616"),
        ],
    );
    assert_string_to_key(
        CAMELLIA256,
        [
            hex!("b9d6828b2056b7be656d88a123b1fac68214ac2b727ecf5f69afe0c4df2a6d2c"),
            hex!("83fc5866e5f8f4c6f38663c65c87549f342bc47ed394dc9d3cd4d163ade375e3"),
            hex!("77f421a6f25e138395e837e5d85d385b4c1bfd772e112cd9208ce72a530b15e6"),
            hex!("11083a00bdfe6a41b2f19716d6202f0afa94289afe8b27a049bd28b1d76c389a"),
            hex!("119fe2a1cb0b1be010b9067a73db63ed4665b4e53a98d178035dcfe843a6b9b0"),
            hex!("614d5dfc0ba6d390b412b89ae4d5b088b612b316510994679ddb4383c7126ddf"),
            hex!("163b768c6db148b4eec7163df5aed70e206b68cec078bc069ed68a7ed36b1ecc"),
        ],
    );
}

/// RFC 8009 appendix A: the salt begins with 16 random octets.
#[test]
fn rfc8009_string_to_key() {
    let salt = [&hex!("10df9dd783e5bc8acea1730e74355f61")[..], b"ATHENA.MIT.EDUraeburn"].concat();
    let made = |etype, parameters: Option<&[u8]>| string_to_key(etype, b"password", &salt, parameters).unwrap();
    let expected = hex!("089bca48b105ea6ea77ca5d2f39dc5e7");
    assert_eq!(made(AES128_SHA2, Some(&32_768u32.to_be_bytes())).expose(), expected);
    assert_eq!(made(AES128_SHA2, None).expose(), expected);
    let expected = hex!("45bd806dbf6a833a9cffc1c94589a222367a79bc21c413718906e9f578a78467");
    assert_eq!(made(AES256_SHA2, Some(&32_768u32.to_be_bytes())).expose(), expected);
    assert_eq!(made(AES256_SHA2, None).expose(), expected);
}

/// RFC 4757 section 2 is NTOWFv1, whose figure MS-NLMP section 4.2.2.1.2 prints.
#[test]
fn rfc4757_string_to_key() {
    let key = string_to_key(RC4, b"Password", b"no salt in it", None).unwrap();
    assert_eq!(key.expose(), hex!("a4f49c406510bdcab6824ee7c30fd852"));
}

const BASE_128: [u8; 16] = hex!("3705d96080c17728a0e800eab6e0d23c");
const BASE_256: [u8; 32] = hex!("6d404d37faf79f9df0d33568d320669800eb4836472ea8a026d16b7182460c52");

/// RFC 8009 appendix A, sample pseudo-random function.
#[test]
fn rfc8009_prf() {
    assert_eq!(
        key(AES128_SHA2, &BASE_128).prf(b"test").expose(),
        hex!("9d188616f63852fe86915bb840b4a886ff3e6bb0f819b49b893393d393854295")
    );
    assert_eq!(
        key(AES256_SHA2, &BASE_256).prf(b"test").expose(),
        hex!(
            "9801f69a368c2bf675e59521e177d9a07f67efe1cfde8d3c8d6f6a0256e3b17d"
            "b3c1b62ad1b8553360d17367eb1514d2"
        )
    );
}

/// The plaintext of RFC 8009 appendix A, of which most samples take a part.
const COUNTING: [u8; 21] = hex!("000102030405060708090a0b0c0d0e0f1011121314");

/// RFC 8009 appendix A, sample encryptions (key usage 2) and checksum.
#[test]
fn rfc8009_messages_of_type_19() {
    let small = key(AES128_SHA2, &BASE_128);
    assert_message(
        &small,
        2,
        &[],
        &hex!("7e5895eaf2672435bad817f545a37148"),
        &hex!("ef85fb890bb8472f4dab20394dca781dad877eda39d50c870c0d5a0a8e48c718"),
    );
    assert_message(
        &small,
        2,
        &COUNTING[..6],
        &hex!("7bca285e2fd4130fb55b1a5c83bc5b24"),
        &hex!("84d7f30754ed987bab0bf3506beb09cfb55402cef7e6877ce99e247e52d16ed4421dfdf8976c"),
    );
    assert_message(
        &small,
        2,
        &COUNTING[..16],
        &hex!("56ab21713ff62c0a1457200f6fa9948f"),
        &hex!(
            "3517d640f50ddc8ad3628722b3569d2ae07493fa8263254080ea65c1008e8fc2"
            "95fb4852e7d83e1e7c48c37eebe6b0d3"
        ),
    );
    assert_message(
        &small,
        2,
        &COUNTING,
        &hex!("a7a4e29a4728ce10664fb64e49ad3fac"),
        &hex!(
            "720f73b18d9859cd6ccb4346115cd336c70f58edc0c4437c5573544c31c813bc"
            "e1e6d072c186b39a413c2f92ca9b8334a287ffcbfc"
        ),
    );
    assert_checksum(&small, 2, &COUNTING, &hex!("d78367186643d67b411cba9139fc1dee"));
}

/// RFC 8009 appendix A, sample encryptions (key usage 2) and checksum.
#[test]
fn rfc8009_messages_of_type_20() {
    let large = key(AES256_SHA2, &BASE_256);
    assert_message(
        &large,
        2,
        &[],
        &hex!("f764e9fa15c276478b2c7d0c4e5f58e4"),
        &hex!("41f53fa5bfe7026d91faf9be959195a058707273a96a40f0a01960621ac612748b9bbfbe7eb4ce3c"),
    );
    assert_message(
        &large,
        2,
        &COUNTING[..6],
        &hex!("b80d3251c1f6471494256ffe712d0b9a"),
        &hex!(
            "4ed7b37c2bcac8f74f23c1cf07e62bc7b75fb3f637b9f559c7f664f69eab7b60"
            "92237526ea0d1f61cb20d69d10f2"
        ),
    );
    assert_message(
        &large,
        2,
        &COUNTING[..16],
        &hex!("53bf8a0d105265d4e276428624ce5e63"),
        &hex!(
            "bc47ffec7998eb91e8115cf8d19dac4bbbe2e163e87dd37f49beca92027764f6"
            "8cf51f14d798c2273f35df574d1f932e40c4ff255b36a266"
        ),
    );
    assert_message(
        &large,
        2,
        &COUNTING,
        &hex!("763e65367e864f02f55153c7e3b58af1"),
        &hex!(
            "40013e2df58e8751957d2878bcd2d6fe101ccfd556cb1eae79db3c3ee86429f2"
            "b2a602ac86fef6ecb647d6295fae077a1feb517508d2c16b4192e01f62"
        ),
    );
    assert_checksum(&large, 2, &COUNTING, &hex!("45ee791567eefca37f4ac1e0222de80d43c3bfa06699672a"));
}

/// The plaintexts of RFC 6803 section 10, sample encryptions. Their key usages are in the erratum: 0 to 4, in order.
const WORDS: [&[u8]; 5] = [b"", b"1", b"9 bytesss", b"13 bytes byte", b"30 bytes bytes bytes bytes byt"];

/// RFC 6803 section 10, sample encryptions.
#[test]
fn rfc6803_messages_of_type_25() {
    let small = [
        (
            hex!("1dc46a8d763f4f93742bcba3387576c3"),
            hex!("b69822a19a6b09c0ebc8557d1f1b6c0a"),
            &hex!("c466f1871069921edb7c6fde244a52db0ba10edc197bdb8006658ca3ccce6eb8")[..],
        ),
        (
            hex!("5027bc231d0f3a9d23333f1ca6fdbe7c"),
            hex!("6f2fc3c2a166fd8898967a83de9596d9"),
            &hex!("842d21fd950311c0dd464a3f4be8d6da88a56d559c9b47d3f9a85067af661559b8"),
        ),
        (
            hex!("a1bb61e805f9ba6dde8fdbddc05cdea0"),
            hex!("a5b4a71e077aeef93c8763c18fdb1f10"),
            &hex!("619ff072e36286ff0a28deb3a352ec0d0edf5c5160d663c901758ccf9d1ed33d71db8f23aabf8348a0"),
        ),
        (
            hex!("2ca27a5faf5532244506434e1cef6676"),
            hex!("19fee40d810c524b5b22f01874c693da"),
            &hex!("b8eca3167ae6315512e59f98a7c500205e5f63ff3bb389af1c41a21d640d8615c9ed3fbeb05ab6acb67689b5ea"),
        ),
        (
            hex!("7824f8c16f83ff354c6bf7515b973f43"),
            hex!("ca7a7ab4be192dabd603506db19c39e2"),
            &hex!(
                "a26a3905a4ffd5816b7b1e27380d08090c8ec1f304496e1abdcd2bdcd1dffc66"
                "0989e117a713ddbb57a4146c1587cba4356665591d2240282f5842b105a5"
            ),
        ),
    ];
    for ((octets, confounder, cipher), (usage, plain)) in small.into_iter().zip((0..).zip(WORDS)) {
        assert_message(&key(CAMELLIA128, &octets), usage, plain, &confounder, cipher);
    }
}

/// RFC 6803 section 10, sample encryptions.
#[test]
fn rfc6803_messages_of_type_26() {
    let large = [
        (
            hex!("b61c86cc4e5d2757545ad423399fb7031ecab913cbb900bd7a3c6dd8bf92015b"),
            hex!("3cbbd2b45917941067f96599bb98926c"),
            &hex!("03886d03310b47a6d8f06d7b94d1dd837ecce315ef652aff620859d94a259266")[..],
        ),
        (
            hex!("1b97fe0a190e2021eb30753e1b6e1e77b0754b1d684610355864104963463833"),
            hex!("def487fcebe6de6346d4da4521bba2d2"),
            &hex!("2c9c1570133c99bf6a34bc1b0212002fd194338749db4135497a347cfcd9d18a12"),
        ),
        (
            hex!("32164c5b434d1d1538e4cfd9be8040fe8c4ac7acc4b93d3314d2133668147a05"),
            hex!("ad4ff904d34e555384b14100fc465f88"),
            &hex!("9c6de75f812de7ed0d28b2963557a115640998275b0af5152709913ff52a2a9c8e63b872f92e64c839"),
        ),
        (
            hex!("b038b132cd8e06612267fab7170066d88aeccba0b744bfc60dc89bca182d0715"),
            hex!("cf9bca6df1144e0c0af9b8f34c90d514"),
            &hex!("eeec85a9813cdc536772ab9b42defc5706f726e975dde05a87eb5406ea324ca185c9986b42aabe794b84821bee"),
        ),
        (
            hex!("ccfcd349bf4c6677e86e4b02b8eab924a546ac731cf9bf6989b996e7d6bfbba7"),
            hex!("644def38da35007275878d216855e228"),
            &hex!(
                "0e44680985855f2d1f1812529ca83bfd8e349de6fd9ada0baaa048d68e265feb"
                "f34ad1255a344999ad37146887a6c6845731ac7f46376a0504cd06571474"
            ),
        ),
    ];
    for ((octets, confounder, cipher), (usage, plain)) in large.into_iter().zip((0..).zip(WORDS)) {
        assert_message(&key(CAMELLIA256, &octets), usage, plain, &confounder, cipher);
    }
}

/// RFC 6803 section 10, sample checksums.
#[test]
fn rfc6803_checksums() {
    let small = |octets: [u8; 16]| key(CAMELLIA128, &octets);
    let large = |octets: [u8; 32]| key(CAMELLIA256, &octets);
    assert_checksum(
        &small(hex!("1dc46a8d763f4f93742bcba3387576c3")),
        7,
        b"abcdefghijk",
        &hex!("1178e6c5c47a8c1ae0c4b9c7d4eb7b6b"),
    );
    assert_checksum(
        &small(hex!("5027bc231d0f3a9d23333f1ca6fdbe7c")),
        8,
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        &hex!("d1b34f7004a731f23a0c00bf6c3f753a"),
    );
    assert_checksum(
        &large(hex!("b61c86cc4e5d2757545ad423399fb7031ecab913cbb900bd7a3c6dd8bf92015b")),
        9,
        b"123456789",
        &hex!("87a12cfd2b96214810f01c826e7744b1"),
    );
    assert_checksum(
        &large(hex!("32164c5b434d1d1538e4cfd9be8040fe8c4ac7acc4b93d3314d2133668147a05")),
        10,
        b"!@#$%^&*()!@#$%^&*()!@#$%^&*()",
        &hex!("3fa0b42355e52b189187294aa252ab64"),
    );
}

/// RFC 6113 appendix A: keys are the string-to-key of "key1" and "key2", each its own salt; peppers "a" and "b".
#[test]
fn rfc6113_krb_fx_cf2() {
    let combined = |etype| {
        let key = |word: &[u8]| string_to_key(etype, word, word, None).unwrap();
        krb_fx_cf2(&key(b"key1"), &key(b"key2"), b"a", b"b").unwrap()
    };
    assert_eq!(combined(AES128_SHA1).expose(), hex!("97df97e4b798b29eb31ed7280287a92a"));
    assert_eq!(
        combined(AES256_SHA1).expose(),
        hex!("4d6ca4e629785c1f01baf55e2e548566b9617ae3a96868c337cb93b5e72b1c7b")
    );
    assert_eq!(combined(RC4).expose(), hex!("24d7f6b6bae4e5c00d2082c5ebab3672"));
}

fn key(etype: EncryptionType, octets: &[u8]) -> EncryptionKey {
    EncryptionKey::new(etype, octets).unwrap()
}

/// Both ways: the ciphertext is what the confounder and plaintext become, and opens to the plaintext.
fn assert_message(key: &EncryptionKey, usage: u32, plain: &[u8], confounder: &[u8], cipher: &[u8]) {
    let key = key.for_encryption(KeyUsage(usage));
    let mut message = key.encrypt(plain, &Drawn(confounder)).unwrap();
    assert_eq!(message, cipher);
    assert_eq!(key.decrypt_in_place(&mut message).unwrap(), plain);
}

fn assert_checksum(key: &EncryptionKey, usage: u32, data: &[u8], checksum: &[u8]) {
    let key = key.for_checksum(KeyUsage(usage));
    assert_eq!(&*key.checksum(&[data]), checksum);
    key.verify(&[data], checksum).unwrap();
}

/// The confounder that the vector drew.
struct Drawn<'a>(&'a [u8]);

impl Randomness for Drawn<'_> {
    fn fill(&self, out: &mut [u8]) -> Result<(), Unavailable> {
        out.copy_from_slice(self.0);
        Ok(())
    }
}
