//! What an established login is asked for: facts, and messages.

use std::error::Error;
use std::fs;
use std::str::Split;

use negotiate::context::{Piece, Placement, TokenParts};
use negotiate::kerberos::Ccache;
use negotiate::{Context, Protection};

use crate::{decode, encode};

/// The answer to one line, whose further words are `arguments`.
pub(crate) fn answer(
    context: &mut Context,
    verb: &str,
    arguments: &mut Split<'_, char>,
) -> Result<String, Box<dyn Error>> {
    use Protection::{Confidentiality, Integrity};
    let mut word = || arguments.next().unwrap_or_default();
    Ok(match verb {
        "agreed" => agreed(context),
        "key" => format!("key {}", encode(context.session_key())),
        "delegated" => delegated(context, word())?,
        "wrap" => format!("wrapped {}", encode(&context.wrap(&decode(word())?, Confidentiality)?)),
        "sign" => format!("wrapped {}", encode(&context.wrap(&decode(word())?, Integrity)?)),
        "unwrap" => {
            let mut token = decode(word())?;
            let unwrapped = context.unwrap(&mut token)?;
            format!("unwrapped {} {}", encode(unwrapped.message), name(unwrapped.protection))
        }
        "mic" => format!("mic {}", encode(&context.get_mic(&decode(word())?)?)),
        "verify" => {
            context.verify_mic(&decode(word())?, &decode(word())?)?;
            "verified".to_owned()
        }
        "limit" => format!("limit {}", context.wrap_size_limit(word().parse()?, named(word())?)?),
        "wrap-pieces" => {
            let protection = named(word())?;
            let placement = placed(word())?;
            wrap_pieces(context, (protection, placement), &decode(word())?, decode(word())?, &decode(word())?)?
        }
        "unwrap-pieces" => {
            placed(word())?; // the trailer's length says it too
            let header = decode(word())?;
            unwrap_pieces(context, header, &decode(word())?, decode(word())?, &decode(word())?, decode(word())?)?
        }
        _ => return Err("not one of the words in the program's documentation".into()),
    })
}

fn agreed(context: &Context) -> String {
    let flags: Vec<_> = context.flags().names().collect();
    format!("agreed {} {}", flags.join(","), context.channel_bindings())
}

/// A file that other programs read.
fn delegated(context: &Context, path: &str) -> Result<String, Box<dyn Error>> {
    let ccache = context.delegated_credential().ok_or("nothing was delegated")?;
    fs::write(path, ccache.expose())?;
    Ok(format!("delegated {}", Ccache::parse(ccache.expose())?.client()))
}

fn wrap_pieces(
    context: &mut Context,
    (protection, placement): (Protection, Placement),
    before: &[u8],
    mut message: Vec<u8>,
    after: &[u8],
) -> Result<String, Box<dyn Error>> {
    let lengths = context.wrap_lengths(message.len(), protection, placement)?;
    let (mut header, mut trailer) = (vec![0; lengths.header], vec![0; lengths.trailer]);
    let mut pieces = [Piece::SignOnly(before), Piece::Data(&mut message), Piece::SignOnly(after)];
    let around = TokenParts { header: &mut header, trailer: &mut trailer };
    context.wrap_pieces(&mut pieces, around, protection)?;
    Ok(format!("pieces {} {} {}", encode(&header), encode(&message), encode(&trailer)))
}

fn unwrap_pieces(
    context: &mut Context,
    mut header: Vec<u8>,
    before: &[u8],
    mut message: Vec<u8>,
    after: &[u8],
    mut trailer: Vec<u8>,
) -> Result<String, Box<dyn Error>> {
    let mut pieces = [Piece::SignOnly(before), Piece::Data(&mut message), Piece::SignOnly(after)];
    let around = TokenParts { header: &mut header, trailer: &mut trailer };
    let protection = context.unwrap_pieces(&mut pieces, around)?;
    Ok(format!("unwrapped {} {}", encode(&message), name(protection)))
}

const fn name(protection: Protection) -> &'static str {
    match protection {
        Protection::Confidentiality => "sealed",
        Protection::Integrity => "signed",
    }
}

fn named(word: &str) -> Result<Protection, &'static str> {
    match word {
        "sealed" => Ok(Protection::Confidentiality),
        "signed" => Ok(Protection::Integrity),
        _ => Err("a message is sealed or signed"),
    }
}

fn placed(word: &str) -> Result<Placement, &'static str> {
    match word {
        "in-front" => Ok(Placement::InFront),
        "around" => Ok(Placement::Around),
        _ => Err("a token is in-front or around"),
    }
}
