//! `negotiate keytab`.

use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use negotiate::kerberos::Keytab;
use negotiate::kerberos::etype::{EncryptionKey, EncryptionType, string_to_key};
use negotiate::kerberos::keytab::KeytabEntry;
use negotiate::secret::SecretBytes;
use negotiate::{Principal, Timestamp};
use serde_json::{Value, json};

use crate::{Outcome, hexadecimal};

#[derive(Subcommand)]
pub(crate) enum Action {
    /// List the entries of a keytab.
    List(List),
    /// Add a key to a keytab, which is made if it is not there.
    Add(Add),
    /// Remove keys from a keytab.
    Remove(Remove),
    /// Add the keys of other keytabs to a keytab, which is made if it is not there.
    Merge(Merge),
}

#[derive(Args)]
pub(crate) struct List {
    /// The keytab.
    file: PathBuf,
    /// Print the keys.
    #[arg(long)]
    show_keys: bool,
}

#[derive(Args)]
pub(crate) struct Add {
    /// The keytab.
    file: PathBuf,
    /// Whose key it is.
    #[arg(long, value_name = "NAME")]
    principal: Principal,
    /// The key version number.
    #[arg(long)]
    kvno: u32,
    /// The encryption type, by name or number.
    #[arg(long, value_parser = etype, default_value = "aes256-cts-hmac-sha1-96")]
    etype: EncryptionType,
    #[command(flatten)]
    source: Source,
    /// The salt of the password; default: the realm and the components of the principal (RFC 4120 section 4).
    #[arg(long, conflicts_with = "key")]
    salt: Option<String>,
}

/// Where a key comes from.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct Source {
    /// The password. Everybody on this machine can read it while the command runs: better a file.
    #[arg(long)]
    password: Option<String>,
    /// A file with the password in its first line; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// The key itself, in hexadecimal.
    #[arg(long, value_name = "HEX")]
    key: Option<String>,
}

#[derive(Args)]
pub(crate) struct Remove {
    /// The keytab.
    file: PathBuf,
    /// Whose keys.
    #[arg(long, value_name = "NAME")]
    principal: Principal,
    /// Only those of this version.
    #[arg(long)]
    kvno: Option<u32>,
    /// Only those of this encryption type, by name or number.
    #[arg(long, value_parser = etype)]
    etype: Option<EncryptionType>,
}

#[derive(Args)]
pub(crate) struct Merge {
    /// The keytab to add to.
    file: PathBuf,
    /// The keytabs to read.
    #[arg(required = true)]
    from: Vec<PathBuf>,
}

/// An encryption type by a name, or by its number.
fn etype(text: &str) -> Result<EncryptionType, String> {
    let number = text.parse().map(EncryptionType).ok();
    number.map_or_else(|| text.parse::<EncryptionType>().map_err(|error| error.to_string()), Ok)
}

pub(crate) fn run(action: Action, json: bool) -> Result<Outcome, Box<dyn Error>> {
    match action {
        Action::List(arguments) => list(&arguments, json),
        Action::Add(arguments) => add(arguments, json),
        Action::Remove(arguments) => remove(&arguments, json),
        Action::Merge(arguments) => merge(&arguments, json),
    }
}

fn list(arguments: &List, json: bool) -> Result<Outcome, Box<dyn Error>> {
    let keytab = Keytab::read(&arguments.file)?;
    let mut out = io::stdout().lock();
    for entry in keytab.entries() {
        if json {
            writeln!(out, "{}", to_json(entry, arguments.show_keys))?;
        } else {
            writeln!(out, "{}", to_text(entry, arguments.show_keys))?;
        }
    }
    out.flush()?;
    Ok(Outcome::Success)
}

fn to_json(entry: &KeytabEntry, show_key: bool) -> Value {
    let mut object = json!({
        "principal": entry.principal().to_string(),
        "kvno": entry.kvno(),
        "etype": entry.etype().0,
        "etype_name": entry.etype().name(),
        "timestamp": entry.created().as_seconds(),
        "unusable": entry.unusable().map(ToString::to_string),
    });
    if let (true, Value::Object(fields)) = (show_key, &mut object) {
        fields.insert("key".to_owned(), json!(hexadecimal::write(entry.expose_key())));
    }
    object
}

fn to_text(entry: &KeytabEntry, show_key: bool) -> String {
    let mut text = format!("{:>4}  {}  {:<26}  {}", entry.kvno(), entry.created(), entry.etype(), entry.principal());
    if show_key {
        text.push_str("  ");
        text.push_str(&hexadecimal::write(entry.expose_key()));
    }
    if let Some(reason) = entry.unusable() {
        text.push_str("  unusable: ");
        text.push_str(&reason.to_string());
    }
    text
}

fn add(arguments: Add, json: bool) -> Result<Outcome, Box<dyn Error>> {
    let Add { file, principal, kvno, etype, source, salt } = arguments;
    let mut keytab = read_or_new(&file)?;
    let key = match source {
        Source { key: Some(digits), .. } => {
            let octets = SecretBytes::from(hexadecimal::read(&digits)?);
            EncryptionKey::new(etype, octets.expose())?
        }
        Source { password, password_file, .. } => {
            let password = match (password, password_file) {
                (Some(password), _) => SecretBytes::from(password.into_bytes()),
                (None, Some(path)) => password_of(&path)?,
                (None, None) => return Err("a password or a key is needed".into()),
            };
            let salt = salt.map_or_else(|| default_salt(&principal), String::into_bytes);
            string_to_key(etype, password.expose(), &salt, None)?
        }
    };
    keytab.add(KeytabEntry::new(principal, kvno, Timestamp::now(), key));
    write(&file, &keytab)?;
    report(json, "added", 1)
}

fn remove(arguments: &Remove, json: bool) -> Result<Outcome, Box<dyn Error>> {
    let mut keytab = Keytab::read(&arguments.file)?;
    let removed = keytab.retain(|entry| {
        let chosen = entry.principal() == &arguments.principal
            && arguments.kvno.is_none_or(|kvno| kvno == entry.kvno())
            && arguments.etype.is_none_or(|etype| etype == entry.etype());
        !chosen
    });
    if removed == 0 {
        return Err("the keytab has no such entry: `negotiate keytab list` shows what it has".into());
    }
    write(&arguments.file, &keytab)?;
    report(json, "removed", removed)
}

fn merge(arguments: &Merge, json: bool) -> Result<Outcome, Box<dyn Error>> {
    let mut keytab = read_or_new(&arguments.file)?;
    let mut added = 0usize;
    for path in &arguments.from {
        added = added.saturating_add(keytab.merge(Keytab::read(path)?));
    }
    write(&arguments.file, &keytab)?;
    report(json, "added", added)
}

fn report(json: bool, what: &str, count: usize) -> Result<Outcome, Box<dyn Error>> {
    let mut out = io::stdout().lock();
    if json {
        writeln!(out, "{}", json!({ what: count }))?
    } else {
        writeln!(out, "{what}: {count}")?
    }
    Ok(Outcome::Success)
}

/// The longest password. Cut there, a longer one would be another password.
const MAX_PASSWORD: usize = 1_024;

/// What is read of a file: an octet more, so that a longer one shows.
const READ: u64 = 1_025;

/// The first line of a file or of stdin.
pub(crate) fn password_of(path: &Path) -> Result<SecretBytes, Box<dyn Error>> {
    let mut octets = Vec::with_capacity(2_048);
    if path == Path::new("-") {
        io::stdin().lock().take(READ).read_to_end(&mut octets)?;
    } else {
        File::open(path).map_err(|error| named(path, &error))?.take(READ).read_to_end(&mut octets)?;
    }
    let octets = SecretBytes::from(octets);
    let line = octets.expose().split(|octet| matches!(octet, b'\n' | b'\r')).next().unwrap_or_default();
    match line.len() {
        0 => Err("the password is empty".into()),
        1..=MAX_PASSWORD => Ok(SecretBytes::from(line)),
        _ => Err(format!("the password is longer than {MAX_PASSWORD} octets").into()),
    }
}

/// Realm and components, one behind the other (RFC 4120 section 4). Active Directory salts the keys of hosts otherwise.
fn default_salt(principal: &Principal) -> Vec<u8> {
    principal.components().fold(principal.realm().to_vec(), |mut salt, component| {
        salt.extend_from_slice(component);
        salt
    })
}

fn read_or_new(path: &Path) -> Result<Keytab, Box<dyn Error>> {
    if fs::exists(path)? { Ok(Keytab::read(path)?) } else { Ok(Keytab::new()) }
}

/// Writes a file beside the old one and puts it in its place, so that no reader ever sees half a keytab. It is for its
/// owner only.
fn write(path: &Path, keytab: &Keytab) -> Result<(), Box<dyn Error>> {
    let mut name = path.file_name().ok_or("the keytab needs a file name")?.to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(name);
    let result = write_new(&beside, keytab.to_bytes().expose()).and_then(|()| fs::rename(&beside, path));
    if result.is_err() {
        // What could not be put in place shall not lie about; that it cannot be removed either changes nothing.
        let _ = fs::remove_file(&beside);
    }
    result.map_err(|error| named(path, &error))
}

fn write_new(path: &Path, octets: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(octets)?;
    file.sync_all()
}

fn named(path: &Path, error: &io::Error) -> Box<dyn Error> {
    format!("{}: {error}", path.display()).into()
}
