//! The rooms together, and what is wrong with them.

use std::collections::BTreeMap;

use crate::module::{Module, Names, module_of};
use crate::{LEAVES, WALLS, floors};

pub(crate) struct House {
    modules: BTreeMap<Names, Module>,
}

impl House {
    /// From files, named by their path below `src/`.
    pub(crate) fn new(files: &BTreeMap<String, String>) -> Self {
        let mut modules: BTreeMap<Names, Module> = files
            .iter()
            // A command is a crate of its own: the compiler already holds it to the public API.
            .filter(|(file, _)| !file.starts_with("bin/"))
            .map(|(file, text)| (module_of(file), Module::read(&module_of(file), text)))
            .collect();
        let tests: Vec<Names> = modules.values().flat_map(|module| module.test_modules.clone()).collect();
        modules.retain(|name, _| !tests.iter().any(|test| name.starts_with(test)));
        Self { modules }
    }

    /// How many paths there are, and what is wrong with them.
    pub(crate) fn inspect(&self) -> (usize, Vec<String>) {
        let mut wrongs = Vec::new();
        let mut count = 0;
        for (from, module) in self.modules.iter().filter(|(name, _)| !name.is_empty()) {
            wrongs.extend(Self::without_a_floor(from));
            if module.tokens.windows(3).any(|three| three == ["#", "[", "path"]) {
                wrongs.push(format!("{} keeps a module in another file than its name says", from.join("::")));
            }
            for path in &module.paths {
                count += 1;
                let to = self.behind(path);
                if let Some(why) = self.forbidden(from, path, &to) {
                    let way = if to == *path { String::new() } else { format!(" (that is {})", shown(&to)) };
                    wrongs.push(format!("{} imports {}{way}: {why}", from.join("::"), shown(path)));
                }
            }
        }
        (count, wrongs)
    }

    /// A room that the table does not know.
    fn without_a_floor(room: &[String]) -> Option<String> {
        (0..room.len()).find_map(|depth| {
            let storey = floors(&room[..depth])?;
            let known = storey.iter().any(|(name, _)| *name == room[depth]);
            (!known)
                .then(|| format!("{} is on no floor: give it one in tests/floors/main.rs", room[..=depth].join("::")))
        })
    }

    /// The path without its detours: `crate::Principal` is `crate::peer::Principal`.
    fn behind(&self, path: &Names) -> Names {
        let mut path = path.clone();
        // Longer chains of re-exports than this nobody writes, and circles of them do not compile.
        for _ in 0..8 {
            let Some(next) = self.one_step_behind(&path) else { break };
            path = next;
        }
        path
    }

    fn one_step_behind(&self, path: &Names) -> Option<Names> {
        let depth = (0..path.len()).rev().find(|&depth| self.modules.contains_key(&path[..depth]))?;
        let imports = &self.modules[&path[..depth]].imports;
        let import = imports.iter().find(|import| import.name == path[depth])?;
        Some([&import.path, &path[depth + 1..]].concat())
    }

    /// Why the module `from` must not name `path`, behind which is `to`; if so.
    fn forbidden(&self, from: &[String], path: &[String], to: &[String]) -> Option<String> {
        if let Some(wall) =
            WALLS.iter().find(|(one, other)| from[0] == *one && to.first().is_some_and(|to| to == other))
        {
            return Some(format!("{} must not know {}", wall.0, wall.1));
        }
        if to.is_empty() {
            return Some("that is the whole house".into());
        }
        let fork = from.iter().zip(to).take_while(|(one, other)| one == other).count();
        if let (Some(storey), Some(mine), Some(theirs)) = (floors(&from[..fork]), from.get(fork), to.get(fork)) {
            let floor = |room: &str| storey.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor);
            match (floor(mine), floor(theirs)) {
                (Some(mine), Some(theirs)) if theirs > mine => {
                    return Some(format!("floor {mine} looks up to floor {theirs}"));
                }
                // An item of the folder's own `mod.rs` belongs to all its rooms; the crate's root has no items of its own.
                (_, None) if fork == 0 => return Some("that is no room".into()),
                _ => {}
            }
        }
        let leaf = LEAVES.iter().find(|leaf| from.join("::").starts_with(**leaf))?;
        let inside = to.join("::").starts_with(leaf);
        (!inside && !self.is_public(path)).then(|| format!("{leaf} is a leaf: it uses the public API only"))
    }

    /// Whether a user of the crate could name it so: each step is declared or re-exported `pub`.
    fn is_public(&self, path: &[String]) -> bool {
        let mut reached = Names::new();
        for step in path {
            // Past the last module: a variant or an associated item, which only the compiler can judge.
            let Some(module) = self.modules.get(&reached) else { return true };
            match module.imports.iter().find(|import| import.public && import.name == *step) {
                Some(import) => reached.clone_from(&import.path),
                None if module.declares_public(step) => reached.push(step.clone()),
                None => return false,
            }
        }
        true
    }
}

fn shown(path: &[String]) -> String {
    ["crate"].into_iter().chain(path.iter().map(String::as_str)).collect::<Vec<_>>().join("::")
}
