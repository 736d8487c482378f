//! Names of caches, directories of them, and files that are written.

use std::fs;
use std::path::{Path, PathBuf};

use negotiate::Principal;
use negotiate::error::Reason;
use negotiate::kerberos::Ccache;
use negotiate::kerberos::ccache::{Error, Location};

use crate::made::{Entry, cache, rich};

/// A directory that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("ccache-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn names_are_those_of_krb5ccname() {
    let file = |path: &str| Ok(Location::File(path.into()));
    for (name, location) in [
        ("FILE:/tmp/krb5cc_0", file("/tmp/krb5cc_0")),
        ("/tmp/krb5cc_0", file("/tmp/krb5cc_0")),
        ("krb5cc", file("krb5cc")),
        ("./a:b", file("./a:b")),
        ("C:\\cc", file("C:\\cc")),
        ("FILE:a:b", file("a:b")),
        ("DIR:/run/user/0/krb5cc", Ok(Location::Directory("/run/user/0/krb5cc".into()))),
        ("DIR::/run/user/0/krb5cc/tkt5", file("/run/user/0/krb5cc/tkt5")),
        ("DIR::/run/user/0/krb5cc/other", Err("ccache-name")),
        ("DIR::tkt", Err("ccache-name")),
        ("DIR:", Err("ccache-name")),
        ("FILE:", Err("ccache-name")),
        ("", Err("ccache-name")),
        ("KEYRING:persistent:1000", Err("ccache-type")),
        ("KCM:", Err("ccache-type")),
        ("KCM:1000", Err("ccache-type")),
        ("MEMORY:x", Err("ccache-type")),
        ("API:x", Err("ccache-type")),
    ] {
        assert_eq!(name.parse::<Location>().map_err(|error| error.kind()), location, "{name}");
    }
    let error = "KEYRING:persistent:1000".parse::<Location>().unwrap_err().to_string();
    assert!(error.contains("KEYRING") && error.contains("FILE:"), "{error}");
}

fn write(folder: &Folder, name: &str, client: &str) {
    let mut octets = [&[5, 4, 0, 0][..], &crate::made::name(client)].concat();
    octets.extend(Entry::new("HTTP/web@R").octets());
    fs::write(folder.0.join(name), octets).unwrap();
}

#[test]
fn a_directory_of_caches() {
    let folder = Folder::new("directory");
    let location: Location = format!("DIR:{}", folder.0.display()).parse().unwrap();
    // Nobody has logged in.
    assert!(location.caches().unwrap().is_empty());
    assert!(matches!(location.open(), Err(Error::Unreadable { .. })));
    write(&folder, "tkt", "first@R");
    write(&folder, "tktB", "bob@R");
    write(&folder, "tktA", "alice@R");
    write(&folder, "other", "eve@R");
    fs::write(folder.0.join("tktbad"), b"not a cache").unwrap();
    fs::create_dir(folder.0.join("tktdir")).unwrap();
    let clients = || {
        let found = location.caches().unwrap();
        let shown =
            found.iter().map(|found| found.cache.as_ref().map_or("?".to_owned(), |cache| cache.client().to_string()));
        shown.collect::<Vec<_>>()
    };
    assert_eq!(clients(), ["first@R", "alice@R", "bob@R", "?"]);
    fs::write(folder.0.join("primary"), b"tktB\n").unwrap();
    assert_eq!(clients(), ["bob@R", "first@R", "alice@R", "?"]);
    assert_eq!(location.open().unwrap().client().to_string(), "bob@R");
    let of = |client: &str| location.find(&client.parse::<Principal>().unwrap());
    assert_eq!(of("alice@R").unwrap().client().to_string(), "alice@R");
    assert!(matches!(of("eve@R"), Err(Error::NoCacheOf(_))));
    for wrong in [
        &b"../tkt\n"[..],
        b"tkt/../../x\n",
        b"other\n",
        b"",
        b"\n",
        b"tkt\\x\n",
        &[b"tkt"[..].to_vec(), vec![b'x'; 60]].concat(),
    ] {
        fs::write(folder.0.join("primary"), wrong).unwrap();
        assert!(matches!(location.open(), Err(Error::Name(_))), "{}", wrong.escape_ascii());
    }
}

#[test]
fn one_file_is_a_collection_of_one() {
    let folder = Folder::new("one");
    let path = folder.0.join("cc");
    fs::write(&path, rich()).unwrap();
    let location = Location::File(path.clone());
    let caches = location.caches().unwrap();
    assert_eq!((caches.len(), &caches[0].path), (1, &path));
    assert_eq!(location.open().unwrap().to_bytes().expose(), rich());
    fs::write(&path, &rich()[..100]).unwrap();
    let error = location.open().unwrap_err();
    assert!(error.to_string().starts_with(&path.display().to_string()), "{error}");
    let error = Ccache::read(folder.0.join("no-such")).unwrap_err();
    assert!(error.to_string().contains("no-such") && error.to_string().contains("kinit"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_written_cache_is_its_owners_and_follows_no_link() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = Folder::new("written");
    let (path, elsewhere) = (folder.0.join("cc"), folder.0.join("elsewhere"));
    let made = cache(&[Entry::new("HTTP/web@R")]);
    fs::write(&elsewhere, b"precious").unwrap();
    symlink(&elsewhere, &path).unwrap();
    made.write(&path).unwrap();
    assert_eq!(fs::read(&elsewhere).unwrap(), b"precious");
    let meta = fs::symlink_metadata(&path).unwrap();
    assert!(meta.is_file() && meta.permissions().mode() & 0o777 == 0o600, "{meta:?}");
    assert_eq!(Ccache::read(&path).unwrap().to_bytes(), made.to_bytes());
    // What was readable for all is not any more, and nothing lies about.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    made.write(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 2);
    let error = made.write(folder.0.join("no/such/place")).unwrap_err();
    assert_eq!(error.kind(), "ccache-unwritable");
    fs::create_dir(folder.0.join("full")).unwrap();
    assert!(made.write(folder.0.join("full")).is_err());
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 3);
}

#[test]
fn caches_are_kept_in_a_directory_by_their_client() {
    let folder = Folder::new("kept");
    let place = Location::Directory(folder.0.join("made/too"));
    let of = |client: &str| Ccache::new(client.parse().unwrap());
    let first = place.write(&of("alice@EXAMPLE.TEST")).unwrap();
    assert_eq!(first, place.primary().unwrap(), "the first is the primary one");
    let second = place.write(&of("bob@EXAMPLE.TEST")).unwrap();
    assert_ne!(first, second);
    assert_eq!(place.write(&of("bob@EXAMPLE.TEST")).unwrap(), second, "where bob's is");
    assert_eq!(place.open().unwrap().client().to_string(), "alice@EXAMPLE.TEST");
    place.make_primary(&second).unwrap();
    assert_eq!(place.open().unwrap().client().to_string(), "bob@EXAMPLE.TEST");
    let names = || place.caches().unwrap().into_iter().map(|found| found.path).collect::<Vec<_>>();
    assert_eq!(names(), [second, first]);
    for wrong in ["elsewhere/tkt", "other", "tkt\nx"] {
        assert_eq!(
            place.make_primary(folder.0.join("made/too").join(wrong)).unwrap_err().kind(),
            "ccache-name",
            "{wrong:?}"
        );
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(folder.0.join("made/too")).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
