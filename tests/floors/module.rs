//! What one file says: its modules, imports and paths.

use crate::floors;
use crate::tokens::{is_name, tokens, without_tests};

/// A path inside the crate, from its root.
pub(crate) type Names = Vec<String>;

/// What one file says, as far as floors are concerned.
pub(crate) struct Module {
    pub(crate) tokens: Vec<String>,
    /// Each path that the code names.
    pub(crate) paths: Vec<Names>,
    /// What `use` makes visible here.
    pub(crate) imports: Vec<Import>,
    /// Modules that exist only in tests.
    pub(crate) test_modules: Vec<Names>,
}

pub(crate) struct Import {
    pub(crate) name: String,
    pub(crate) path: Names,
    pub(crate) public: bool,
}

impl Module {
    pub(crate) fn read(name: &Names, text: &str) -> Self {
        let (tokens, test_modules) = without_tests(&tokens(text), name);
        let mut module = Self { tokens, paths: Vec::new(), imports: Vec::new(), test_modules };
        // Modules inside the file: their names, and how many braces are open when they end.
        let mut inner: Vec<(String, usize)> = Vec::new();
        let mut braces = 0usize;
        let mut at = 0;
        while at < module.tokens.len() {
            let here: Names = name.iter().chain(inner.iter().map(|(name, _)| name)).cloned().collect();
            match module.tokens[at].as_str() {
                "{" => braces += 1,
                "}" => {
                    braces = braces.saturating_sub(1);
                    inner.pop_if(|(_, end)| *end == braces);
                }
                "mod" if module.token(at + 2) == "{" => {
                    inner.push((module.token(at + 1).into(), braces));
                    braces += 1;
                    at += 2;
                }
                "use" => {
                    let leaves = module.use_tree(&mut (at + 1));
                    let public = module.before(at) == "pub";
                    for (path, name) in leaves {
                        let Some(path) = module.absolute(&here, &path) else { continue };
                        if inner.is_empty() {
                            module.imports.push(Import { name, path: path.clone(), public });
                        }
                        module.paths.push(path);
                    }
                    at += module.tokens[at..].iter().take_while(|token| *token != ";").count();
                    continue;
                }
                "crate" | "super" | "self" if module.token(at + 1) == "::" && module.before(at) != "::" => {
                    let mut leaves = module.use_tree(&mut at);
                    let paths: Vec<_> =
                        leaves.drain(..).filter_map(|(path, _)| module.absolute(&here, &path)).collect();
                    module.paths.extend(paths);
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
        module
    }

    pub(crate) fn declares_public(&self, name: &str) -> bool {
        const KINDS: [&str; 9] = ["mod", "struct", "enum", "trait", "fn", "const", "static", "type", "union"];
        let plain = |three: &[String]| three[0] == "pub" && KINDS.contains(&three[1].as_str()) && three[2] == name;
        self.tokens.windows(3).any(plain) || self.tokens.windows(4).any(|four| four == ["pub", "const", "fn", name])
    }

    fn token(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", String::as_str)
    }

    fn before(&self, at: usize) -> &str {
        at.checked_sub(1).map_or("", |before| self.token(before))
    }

    /// `a::{b, c::d as e}` from `at` on, as `a::b` seen as `b` and `a::c::d` seen as `e`; `at` is left behind it.
    fn use_tree(&self, at: &mut usize) -> Vec<(Names, String)> {
        let mut stem = Names::new();
        loop {
            match self.token(*at) {
                "::" => {}
                "{" => {
                    let mut leaves = Vec::new();
                    while !matches!(self.token(*at), "}" | "") {
                        *at += 1;
                        leaves.extend(self.use_tree(at));
                    }
                    *at += 1;
                    return leaves.into_iter().map(|(path, seen)| below(&stem, path, seen)).collect();
                }
                token if is_name(token) => stem.push(token.into()),
                _ => break,
            }
            *at += 1;
            // A name ends the path unless `::` and more of a path follow (not `::<`).
            let more = matches!(self.token(*at + 1), "{" | "*") || is_name(self.token(*at + 1));
            if self.before(*at) != "::" && !(self.token(*at) == "::" && more) {
                break;
            }
        }
        if stem.last().is_some_and(|last| last == "self") && stem.len() > 1 {
            stem.pop();
        }
        let mut seen = if self.token(*at) == "*" { "*".into() } else { stem.last().cloned().unwrap_or_default() };
        if self.token(*at) == "*" {
            *at += 1;
        } else if self.token(*at) == "as" {
            seen = self.token(*at + 1).into();
            *at += 2;
        }
        if stem.is_empty() { Vec::new() } else { vec![(stem, seen)] }
    }

    fn has_room(&self, here: &[String], name: &str) -> bool {
        let known = floors(here).is_some_and(|rooms| rooms.iter().any(|(room, _)| *room == name));
        known || self.tokens.windows(2).any(|two| two == ["mod", name])
    }

    /// A path as written in the module `here`, from the crate's root; nothing for the path of another crate.
    fn absolute(&self, here: &[String], path: &[String]) -> Option<Names> {
        let supers = path.iter().take_while(|name| *name == "super").count();
        match path.first()?.as_str() {
            "crate" => Some(path[1..].to_vec()),
            "self" => Some([here, &path[1..]].concat()),
            "super" => Some([&here[..here.len().checked_sub(supers)?], &path[supers..]].concat()),
            // In a folder's `mod.rs` a bare name may be one of its own rooms: downwards, and worth following.
            first if self.has_room(here, first) => Some([here, path].concat()),
            _ => None,
        }
    }
}

/// The leaf `path` of a tree on `stem`: `a::{b}` is `a::b`, `a::{self}` is `a`.
fn below(stem: &[String], path: Names, seen: String) -> (Names, String) {
    if path == ["self"] && seen == "self" {
        return (stem.to_vec(), stem.last().cloned().unwrap_or_default());
    }
    ([stem, &path].concat(), seen)
}

/// `gss/oid.rs` is `gss::oid`, `gss/mod.rs` is `gss`, `lib.rs` is the root.
pub(crate) fn module_of(file: &str) -> Names {
    let path = file.trim_end_matches(".rs");
    let path = path.trim_end_matches("lib").trim_end_matches("mod").trim_end_matches('/');
    path.split('/').filter(|part| !part.is_empty()).map(String::from).collect()
}
