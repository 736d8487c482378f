//! Where caches are: `KRB5CCNAME`, files, and directories of them.
//!
//! | name | what it is |
//! |---|---|
//! | `FILE:/path`, or a path alone | one cache |
//! | `DIR:/path` | the caches in a directory, files named `tkt…`; the file `primary` names the one that is meant |
//! | `DIR::/path/tkt…` | one of them |
//!
//! Nothing else is a file (`KEYRING:`, `KCM:`, `MEMORY:`, `API:`), and nothing else is read here. The settings of krb5.conf
//! (`default_ccache_name`) are not looked at.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
#[cfg(unix)]
use std::io::Read;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

#[cfg(unix)]
use zeroize::Zeroizing;

use super::{Ccache, Error};
use crate::peer::Principal;
use crate::random::{Randomness, SystemRandom};

/// Where a cache is, or several.
///
/// ```no_run
/// use negotiate::kerberos::ccache::Location;
///
/// let place = Location::of_environment()?; // or "DIR:/run/user/1000/krb5cc".parse()?
/// let alice = place.find(&"alice@EXAMPLE.COM".parse()?)?;
/// for ticket in alice.credentials() {
///     println!("{} until {}", ticket.server, ticket.times.endtime);
/// }
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Location {
    /// One file.
    File(PathBuf),
    /// The files of a directory whose names begin with `tkt`.
    Directory(PathBuf),
}

/// A cache that was found, and where.
#[derive(Debug)]
pub struct Found {
    /// Its file.
    pub path: PathBuf,
    /// The cache, or why its file is none.
    pub cache: Result<Ccache, Error>,
}

impl Location {
    /// What `KRB5CCNAME` names; without it, the file `/tmp/krb5cc_` and the number of the user that this process runs as.
    /// (The number is that of `/proc/self`, so systems without it need the variable.)
    ///
    /// # Errors
    /// [`Error::Type`] and [`Error::Name`] as of [`Self::from_str`]; [`Error::NoDefault`] without variable and number.
    pub fn of_environment() -> Result<Self, Error> {
        match std::env::var_os("KRB5CCNAME").filter(|name| !name.is_empty()) {
            Some(name) => Self::named(name),
            None => usual().map(Self::File).ok_or(Error::NoDefault),
        }
    }

    fn named(name: OsString) -> Result<Self, Error> {
        // What is no UTF-8 has no type in front that anybody knows.
        name.into_string().map_or_else(|path| Ok(Self::File(path.into())), |name| name.parse())
    }

    /// Reads the cache; of several, the one that `primary` names.
    ///
    /// # Errors
    /// As [`Ccache::read`]; [`Error::Name`] if `primary` names no file of the directory.
    pub fn open(&self) -> Result<Ccache, Error> {
        Ccache::read(self.primary()?)
    }

    /// The file of the cache; of several, the one that `primary` names, and `tkt` if there is no such file.
    ///
    /// # Errors
    /// [`Error::Name`] if `primary` names no file of the directory; [`Error::Unreadable`] if it cannot be read.
    pub fn primary(&self) -> Result<PathBuf, Error> {
        match self {
            Self::File(path) => Ok(path.clone()),
            Self::Directory(directory) => primary(directory),
        }
    }

    /// All caches that are there, the primary one first, then the others by name. One that cannot be read does not hide
    /// the others.
    ///
    /// # Errors
    /// As [`Self::primary`]; [`Error::Unreadable`] if the directory cannot be read.
    pub fn caches(&self) -> Result<Vec<Found>, Error> {
        let primary = self.primary()?;
        let mut paths = match self {
            Self::File(_) => Vec::new(),
            Self::Directory(directory) => members(directory).map_err(|reason| unreadable(directory, &reason))?,
        };
        paths.sort();
        // A directory that nobody has logged in to has a primary cache without a file.
        let is_there = matches!(self, Self::File(_)) || paths.contains(&primary);
        paths.retain(|path| *path != primary);
        if is_there {
            paths.insert(0, primary);
        }
        Ok(paths.into_iter().map(|path| Found { cache: Ccache::read(&path), path }).collect())
    }

    /// The cache of a client.
    ///
    /// # Errors
    /// [`Error::NoCacheOf`] if there is none; as [`Self::caches`].
    pub fn find(&self, client: &Principal) -> Result<Ccache, Error> {
        let mut caches = self.caches()?.into_iter().filter_map(|found| found.cache.ok());
        caches.find(|cache| cache.client() == client).ok_or_else(|| Error::NoCacheOf(Box::new(client.clone())))
    }

    /// Writes a cache there, and says to which file. In a directory that is the one that has this client's already, else a new
    /// one beside the others; a directory that is not there yet is made, for its owner only (mode 0700). Which cache is the
    /// primary one stays as it was ([`Self::make_primary`]).
    ///
    /// # Errors
    /// As [`Ccache::write`] and [`Self::caches`].
    pub fn write(&self, cache: &Ccache) -> Result<PathBuf, Error> {
        let path = match self {
            Self::File(path) => path.clone(),
            Self::Directory(directory) => self.place_for(cache, directory)?,
        };
        cache.write(&path)?;
        Ok(path)
    }

    fn place_for(&self, cache: &Ccache, directory: &Path) -> Result<PathBuf, Error> {
        make_directory(directory).map_err(|reason| unwritable(directory, &reason))?;
        let is_clients = |found: &Found| found.cache.as_ref().is_ok_and(|found| found.client() == cache.client());
        let (known, primary) = (self.caches()?.into_iter().find(is_clients), self.primary()?);
        match known {
            Some(known) => Ok(known.path),
            None if !primary.exists() => Ok(primary),
            None => chance()
                .map(|name| directory.join(alloc::format!("tkt{name}")))
                .map_err(|reason| unwritable(directory, &reason)),
        }
    }

    /// Makes a cache of the directory the primary one, which is read by whoever names the directory. Of a single file it is
    /// that, whatever is said.
    ///
    /// # Errors
    /// [`Error::Name`] if it is no cache's name in this directory; [`Error::Unwritable`].
    pub fn make_primary(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let (Self::Directory(directory), path) = (self, path.as_ref()) else { return Ok(()) };
        let name = path.file_name().and_then(|name| name.to_str()).filter(|name| is_cache_name(name));
        let name =
            name.filter(|_| path.parent() == Some(directory)).ok_or_else(|| Error::Name(path.display().to_string()))?;
        replace(&directory.join("primary"), alloc::format!("{name}\n").as_bytes())
    }
}

/// The name as MIT krb5 writes it.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "FILE:{}", path.display()),
            Self::Directory(path) => write!(f, "DIR:{}", path.display()),
        }
    }
}

/// Reads a name in the form that `KRB5CCNAME` has.
impl FromStr for Location {
    type Err = Error;

    /// # Errors
    /// [`Error::Type`] for caches that are no files; [`Error::Name`] for what names none.
    fn from_str(name: &str) -> Result<Self, Error> {
        let is_type = |kind: &&str| kind.len() > 1 && kind.bytes().all(|octet| octet.is_ascii_alphanumeric());
        match name.split_once(':').filter(|(kind, _)| is_type(kind)) {
            None if name.is_empty() => Err(Error::Name(name.to_owned())),
            None => Ok(Self::File(name.into())),
            Some(("FILE" | "DIR", "")) => Err(Error::Name(name.to_owned())),
            Some(("FILE", path)) => Ok(Self::File(path.into())),
            Some(("DIR", path)) => match path.strip_prefix(':').map(Path::new) {
                None => Ok(Self::Directory(path.into())),
                Some(file) if is_member(file) => Ok(Self::File(file.into())),
                Some(_) => Err(Error::Name(name.to_owned())),
            },
            Some((kind, _)) => Err(Error::Type(kind.to_owned())),
        }
    }
}

/// Whether a file is named like a cache of a directory.
fn is_member(file: &Path) -> bool {
    let has_folder = file.parent().is_some_and(|folder| !folder.as_os_str().is_empty());
    has_folder && file.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"tkt"))
}

fn members(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let paths = fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.path()));
    paths.filter(|path| path.as_ref().map_or(true, |path| is_member(path) && path.is_file())).collect()
}

/// The longest first line of a file `primary`, as MIT krb5 reads it (`read_primary_file` in `cc_dir.c`).
const LONGEST_NAME: usize = 62;

fn primary(directory: &Path) -> Result<PathBuf, Error> {
    let path = directory.join("primary");
    let text = match fs::read(&path) {
        Ok(text) => text,
        // As MIT krb5 has it, which would make the file.
        Err(reason) if reason.kind() == io::ErrorKind::NotFound => b"tkt\n".to_vec(),
        Err(reason) => return Err(unreadable(&path, &reason)),
    };
    let line = text.split(|octet| *octet == b'\n').next().unwrap_or_default();
    let name = core::str::from_utf8(line).ok();
    match name.filter(|name| is_cache_name(name)) {
        Some(name) => Ok(directory.join(name)),
        None => Err(Error::Name(path.display().to_string())),
    }
}

/// Whether the file `primary` can name it.
fn is_cache_name(name: &str) -> bool {
    name.len() <= LONGEST_NAME && name.starts_with("tkt") && !name.contains(['/', '\\', '\0', '\n'])
}

fn make_directory(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// The file of a user who has named none.
#[cfg(unix)]
fn usual() -> Option<PathBuf> {
    Some(alloc::format!("/tmp/krb5cc_{}", user()?).into())
}

/// Who this process runs as.
#[cfg(unix)]
fn user() -> Option<u32> {
    Some(std::os::unix::fs::MetadataExt::uid(&fs::metadata("/proc/self").ok()?))
}

/// Reads the file that nobody has named. Anybody can put one in `/tmp`, and whoever then logs in by it logs in as somebody
/// else: it has to be `user`'s, or root's, as Heimdal has it (row G04).
#[cfg(unix)]
fn read_usual(path: &Path, user: u32) -> Result<Ccache, Error> {
    let failed = |reason: io::Error| unreadable(path, &reason);
    let no_file = || failed(io::Error::other("it is no file"));
    // Whoever puts a pipe there, or a link to a device, wants this to wait or to read without end.
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(no_file());
    }
    let mut file = File::open(path).map_err(failed)?;
    // The open file's, so that it is the one that is read.
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(no_file());
    }
    match std::os::unix::fs::MetadataExt::uid(&metadata) {
        owner if owner == user || owner == 0 => {}
        owner => return Err(failed(io::Error::other(alloc::format!("it is of the user {owner}, not of {user}")))),
    }
    let mut octets = Zeroizing::new(Vec::new());
    file.read_to_end(&mut octets).map_err(failed)?;
    Ccache::parse(&octets).map_err(|error| Error::File { path: path.display().to_string(), error: Box::new(error) })
}

#[cfg(not(unix))]
const fn usual() -> Option<PathBuf> {
    None
}

fn unreadable(path: &Path, reason: &io::Error) -> Error {
    Error::Unreadable { path: path.display().to_string(), reason: reason.to_string() }
}

impl Ccache {
    /// Reads the cache that `KRB5CCNAME` names, or the usual one: [`Location::of_environment`]. The usual one has to be a file
    /// of this user or of root: in `/tmp` anybody can put one with tickets of their own.
    ///
    /// # Errors
    /// As [`Location::of_environment`] and [`Location::open`]; [`Error::Unreadable`] if the usual one is somebody else's.
    pub fn open_default() -> Result<Self, Error> {
        let location = Location::of_environment()?;
        #[cfg(unix)]
        if let (Location::File(path), Some(user)) = (&location, user())
            && usual().as_ref() == Some(path)
        {
            return read_usual(path, user);
        }
        location.open()
    }

    /// Writes a cache's file, for its owner only (mode 0600). It is a new one, put in the place of what was there: no
    /// reader sees half of it, and a link that stands there is replaced and not followed.
    ///
    /// # Errors
    /// [`Error::Unwritable`], and nothing was changed.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        replace(path.as_ref(), self.to_bytes().expose())
    }
}

/// Puts a new file, for its owner only, in the place of what was there.
fn replace(path: &Path, octets: &[u8]) -> Result<(), Error> {
    let written = beside(path).and_then(|beside| {
        let result = write_new(&beside, octets).and_then(|()| fs::rename(&beside, path));
        if result.is_err() {
            // What could not be put in place shall not lie about; that it cannot be removed either changes nothing.
            let _ = fs::remove_file(&beside);
        }
        result
    });
    written.map_err(|reason| unwritable(path, &reason))
}

fn unwritable(path: &Path, reason: &io::Error) -> Error {
    Error::Unwritable { path: path.display().to_string(), reason: reason.to_string() }
}

/// A file in the same directory, under a name that nobody can have taken before.
fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    let mut beside = OsString::from(".");
    beside.push(name);
    beside.push(alloc::format!(".{}", chance()?));
    Ok(path.with_file_name(beside))
}

/// 16 random hexadecimal digits.
fn chance() -> io::Result<String> {
    let mut octets = [0; 8];
    SystemRandom.fill(&mut octets).map_err(io::Error::other)?;
    Ok(octets.iter().map(|octet| alloc::format!("{octet:02x}")).collect())
}

fn write_new(path: &Path, octets: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file: File = options.open(path)?;
    file.write_all(octets)?;
    file.sync_all()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{MetadataExt, chown};

    use super::*;

    /// Root's as a device is, it would be read without end.
    #[test]
    fn g04_the_usual_cache_is_a_file() {
        let path = std::env::temp_dir().join(alloc::format!("negotiate-device-{}", std::process::id()));
        std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
        let refused = read_usual(&path, 4_242);
        fs::remove_file(&path).unwrap();
        assert!(refused.unwrap_err().to_string().contains("it is no file"));
    }

    #[test]
    fn g04_the_usual_cache_is_the_users_own() {
        let path = std::env::temp_dir().join(alloc::format!("negotiate-usual-{}", std::process::id()));
        Ccache::new("alice@EXAMPLE.COM".parse().unwrap()).write(&path).unwrap();
        if fs::metadata(&path).unwrap().uid() == 0 {
            // Root's would do for anybody.
            assert!(read_usual(&path, 4_242).is_ok());
            chown(&path, Some(4_242), None).unwrap();
        }
        let owner = fs::metadata(&path).unwrap().uid();
        let (own, others) = (read_usual(&path, owner), read_usual(&path, owner + 1));
        fs::remove_file(&path).unwrap();
        assert!(own.is_ok());
        let error = others.unwrap_err().to_string();
        assert!(error.contains(&alloc::format!("it is of the user {owner}")), "{error}");
    }
}
