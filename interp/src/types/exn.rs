//! [`ExnType`]: the type of exceptions with tags of one type.

use super::{FieldType, FuncType, Mutability, TagType, ValType};
use crate::{Engine, Result, bail};
use core::fmt;

/// The type of an exception: what it carries.
///
/// ```
/// use fantail::{Engine, ExnType, ValType};
///
/// let ty = ExnType::new(&Engine::default(), [ValType::I32, ValType::F64])?;
/// assert_eq!(ty.fields().len(), 2);
/// assert_eq!(ty.tag_type().to_string(), "(tag (param i32) (param f64))");
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ExnType {
    /// A function type without results.
    ty: FuncType,
}

impl ExnType {
    /// The type of exceptions that carry `fields`.
    ///
    /// # Errors
    /// None so far.
    ///
    /// # Panics
    /// As [`FuncType::new`].
    pub fn new(engine: &Engine, fields: impl IntoIterator<Item = ValType>) -> Result<Self> {
        Ok(Self { ty: FuncType::new(engine, fields, []) })
    }

    /// The type of exceptions with tags of type `tag`.
    ///
    /// # Errors
    /// When that has results.
    pub fn from_tag_type(tag: &TagType) -> Result<Self> {
        if tag.ty().results().len() != 0 {
            bail!("cannot create an exception type from a tag type with results in signature");
        }
        Ok(Self { ty: tag.ty().clone() })
    }

    /// The type of tags of such exceptions.
    pub fn tag_type(&self) -> TagType {
        TagType::new(self.ty.clone())
    }

    /// The engine whose type it is.
    pub fn engine(&self) -> &Engine {
        self.ty.engine()
    }

    /// The types of what it carries.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = FieldType> + '_ {
        self.ty.params().map(|ty| FieldType::new(Mutability::Const, ty.into()))
    }

    /// The type of field `i`.
    pub fn field(&self, i: usize) -> Option<FieldType> {
        self.fields().nth(i)
    }

    /// Whether it is the type `other`: these have no subtypes.
    pub fn matches(&self, other: &Self) -> bool {
        self == other
    }

    pub(crate) fn func_type(&self) -> &FuncType {
        &self.ty
    }
}

impl fmt::Display for ExnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        f.write_str("(exn")?;
        self.ty.params().try_for_each(|ty| write!(f, " (field {ty})"))?;
        f.write_str(")")
    }
}

impl fmt::Debug for ExnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        fmt::Display::fmt(self, f)
    }
}
