//! Tokens of every form, sound and unsound ones.

mod recorded;

use alloc::string::String;
use alloc::vec::Vec;

use super::*;
