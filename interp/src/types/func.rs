//! Types that have an identity in an engine: [`FuncType`], [`StructType`], [`ArrayType`].

use super::ValType;
use crate::Engine;
use alloc::sync::Arc;
use core::fmt;
use core::hash::{Hash, Hasher};
use fantail_core::types as core_types;
use fantail_core::types::{CanonId, HeapType, RefType};
use fantail_core::validate::subtype;

/// The type of a function: parameters to results.
///
/// ```
/// use fantail::{Engine, FuncType, ValType};
///
/// let engine = Engine::default();
/// let ty = FuncType::new(&engine, [ValType::I32, ValType::I64], [ValType::I32]);
/// assert_eq!(ty.params().len(), 2);
/// assert_eq!(ty.to_string(), "(func (param i32 i64) (result i32))");
/// ```
#[derive(Clone)]
pub struct FuncType {
    engine: Engine,
    id: CanonId,
    ty: Arc<core_types::FuncType>,
}

impl FuncType {
    /// The type from `params` to `results`.
    ///
    /// # Panics
    /// When a parameter or result is a concrete type of another engine, or the engine has 67 million types already.
    pub fn new(
        engine: &Engine,
        params: impl IntoIterator<Item = ValType>,
        results: impl IntoIterator<Item = ValType>,
    ) -> Self {
        let to_core = |ty: ValType| {
            assert!(ty.comes_from(engine), "type used with the wrong engine");
            ty.to_core()
        };
        let ty = core_types::FuncType::new(params.into_iter().map(to_core), results.into_iter().map(to_core));
        let id = engine.types_mut().intern_func(&ty);
        match id {
            Ok(id) => Self::from_parts(engine, id, ty),
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) fn from_parts(engine: &Engine, id: CanonId, ty: core_types::FuncType) -> Self {
        Self { engine: engine.clone(), id, ty: Arc::new(ty) }
    }

    pub(crate) fn from_id(engine: &Engine, id: CanonId) -> Self {
        Self::from_parts(engine, id, engine.func_type(id))
    }

    /// The engine whose type it is.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The types of the parameters.
    pub fn params(&self) -> impl ExactSizeIterator<Item = ValType> + '_ {
        self.ty.params().iter().map(|&ty| ValType::from_core(&self.engine, ty))
    }

    /// The type of parameter `i`.
    pub fn param(&self, i: usize) -> Option<ValType> {
        self.ty.params().get(i).map(|&ty| ValType::from_core(&self.engine, ty))
    }

    /// The types of the results.
    pub fn results(&self) -> impl ExactSizeIterator<Item = ValType> + '_ {
        self.ty.results().iter().map(|&ty| ValType::from_core(&self.engine, ty))
    }

    /// The type of result `i`.
    pub fn result(&self, i: usize) -> Option<ValType> {
        self.ty.results().get(i).map(|&ty| ValType::from_core(&self.engine, ty))
    }

    /// Whether a function of this type can be used where one of type `other` is expected.
    pub fn matches(&self, other: &Self) -> bool {
        Engine::same(&self.engine, &other.engine) && {
            let index = |id: CanonId| core_types::TypeIdx(id.0);
            subtype::type_matches(self.engine.types().types(), index(self.id), index(other.id))
        }
    }

    pub(crate) fn id(&self) -> CanonId {
        self.id
    }

    pub(crate) fn core(&self) -> &core_types::FuncType {
        &self.ty
    }
}

impl PartialEq for FuncType {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && Engine::same(&self.engine, &other.engine)
    }
}

impl Eq for FuncType {}

impl Hash for FuncType {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl fmt::Display for FuncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(func")?;
        for (word, types) in [("param", self.ty.params()), ("result", self.ty.results())] {
            if !types.is_empty() {
                write!(f, " ({word}")?;
                types.iter().try_for_each(|&ty| self.fmt_val(f, ty))?;
                f.write_str(")")?;
            }
        }
        f.write_str(")")
    }
}

impl FuncType {
    /// Types may refer to themselves, so those inside of a type are not spelled out.
    fn fmt_val(&self, f: &mut fmt::Formatter<'_>, ty: core_types::ValType) -> fmt::Result {
        match ty {
            core_types::ValType::Ref(RefType { nullable, heap: HeapType::Concrete(index) }) => {
                write!(f, " (ref {}type#{index})", if nullable { "null " } else { "" })
            }
            _ => write!(f, " {}", ValType::from_core(&self.engine, ty)),
        }
    }
}

impl fmt::Debug for FuncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

macro_rules! object_types {
    ($($(#[$doc:meta])* $name:ident $text:literal)*) => {$(
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name {
            engine: Engine,
            id: CanonId,
        }

        impl $name {
            pub(crate) fn from_parts(engine: &Engine, id: CanonId) -> Self {
                Self { engine: engine.clone(), id }
            }

            /// The engine whose type it is.
            pub fn engine(&self) -> &Engine {
                &self.engine
            }

            pub(crate) fn id(&self) -> CanonId {
                self.id
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.id == other.id && Engine::same(&self.engine, &other.engine)
            }
        }

        impl Eq for $name {}

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.id.hash(state);
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($text, " type#{}"), self.id)
            }
        }
    )*};
}

object_types! {
    /// The type of a structure.
    StructType "struct"
    /// The type of an array.
    ArrayType "array"
}
