//! One script, directive by directive.

use super::legacy::unfold_try;
use super::{annotation, config_for, matching, spectest};
use fantail::{
    CompilationMode, Config, Engine, Error, Extern, Instance, Linker, Module, SharedMemory, Store,
    ThrownException, Trap, Val, WasmError,
};
use fantail_core::error::ErrorKind;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::thread::{self, Scope, ScopedJoinHandle};
use wast::lexer::Lexer;
use wast::parser::{ParseBuffer, parse};
use wast::token::Id;
use wast::{QuoteWat, QuoteWatTest, Wast, WastDirective, WastExecute, WastInvoke, WastThread, Wat};

/// Makes of a module one that has to behave alike.
pub type Prepare = fn(Module) -> fantail::Result<Module>;

/// A script, and the settings of the engine for it.
#[derive(Clone, Debug)]
pub struct Script {
    /// Its name: the path as given, or from the directory where it was found.
    pub name: String,
    /// The settings.
    pub config: Config,
    /// What is done to a module before it is instantiated.
    pub prepare: Prepare,
    text: String,
}

/// What became of a script.
#[derive(Clone, Debug)]
pub struct Report {
    /// The script's name.
    pub name: String,
    /// How many directives passed.
    pub passed: usize,
    /// The directives that failed.
    pub failures: Vec<Note>,
    /// The directives that were not run, and why.
    pub skipped: Vec<Note>,
}

/// Something to be said about a directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The line where it begins, from 1.
    pub line: usize,
    /// What is to be said.
    pub text: String,
}

/// What became of a directive.
enum Verdict {
    Passed,
    Failed(String),
    Skipped(&'static str),
}

impl Report {
    /// The report of a script that failed as a whole.
    pub(super) fn failed(name: String, why: String) -> Self {
        Self { name, passed: 0, failures: vec![Note { line: 1, text: why }], skipped: Vec::new() }
    }
}

impl Script {
    /// A script with the settings that its name asks for.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let (name, text) = (name.into(), unfold_try(&text.into()));
        Self { config: config_for(&name), prepare: Ok, name, text }
    }

    /// The script in the file `path`, with the settings that the folder it is in asks for, however it was reached.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(name: impl Into<String>, path: &Path) -> io::Result<Self> {
        let text = std::fs::read_to_string(path)?;
        let config = config_for(&path.canonicalize()?.to_string_lossy());
        Ok(Self { config, ..Self::new(name, text) })
    }

    /// The scripts in a directory and those below, sorted. They are named by their path from there, with `/`.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub fn read_dir(dir: &Path) -> io::Result<Vec<Self>> {
        let mut scripts = Vec::new();
        read_into(dir, "", &mut scripts)?;
        scripts.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(scripts)
    }

    /// Runs the script.
    pub fn run(&self, mode: CompilationMode) -> Report {
        let mut report =
            Report { name: self.name.clone(), passed: 0, failures: Vec::new(), skipped: Vec::new() };
        if let Err(error) = self.run_into(mode, &mut report) {
            report.failures.push(error);
        }
        report
    }

    fn run_into(&self, mode: CompilationMode, report: &mut Report) -> Result<(), Note> {
        let syntax = |error: &wast::Error| Note {
            line: error.span().linecol_in(&self.text).0 + 1,
            text: format!("not a script: {}", error.message()),
        };
        let mut lexer = Lexer::new(&self.text);
        // Scripts test names of all kinds.
        lexer.allow_confusing_unicode(true);
        let buffer = ParseBuffer::new_with_lexer(lexer).map_err(|error| syntax(&error))?;
        let script = parse::<Wast<'_>>(&buffer).map_err(|error| syntax(&error))?;

        let mut config = self.config.clone();
        config.compilation_mode(mode);
        let failed = |error: Error| Note { line: 1, text: format!("{error:#}") };
        let engine = Engine::new(&config).map_err(failed)?;
        thread::scope(|scope| {
            let mut run = Run::new(&engine, self, scope).map_err(failed)?;
            run.all(script.directives, report);
            Ok(())
        })
    }
}

fn read_into(dir: &Path, prefix: &str, scripts: &mut Vec<Script>) -> io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            read_into(&path, &format!("{prefix}{name}/"), scripts)?;
        } else if path.extension().is_some_and(|extension| extension == "wast") {
            scripts.push(Script::read(format!("{prefix}{name}"), &path)?);
        }
    }
    Ok(())
}

/// The state of a running script, or of one of its threads.
struct Run<'s, 't> {
    engine: Engine,
    script: &'t Script,
    /// Where its threads run.
    scope: &'s Scope<'s, 't>,
    /// Those that nobody has waited for.
    threads: HashMap<String, ScopedJoinHandle<'s, Report>>,
    store: Store<()>,
    linker: Linker<()>,
    /// Modules that were defined without being instantiated; the latest under no name.
    modules: HashMap<Option<String>, Module>,
    /// Instances; the latest under no name.
    instances: HashMap<Option<String>, Instance>,
}

/// The instance or module that a directive means: the named one, or the latest.
fn key(id: Option<Id<'_>>) -> Option<String> {
    id.map(|id| id.name().to_owned())
}

impl<'s, 't> Run<'s, 't> {
    fn new(engine: &Engine, script: &'t Script, scope: &'s Scope<'s, 't>) -> fantail::Result<Self> {
        let engine = engine.clone();
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        linker.allow_shadowing(true);
        spectest::define(&mut linker, &mut store)?;
        let (modules, instances) = (HashMap::new(), HashMap::new());
        Ok(Self { engine, script, scope, threads: HashMap::new(), store, linker, modules, instances })
    }

    /// Runs `directives`, and whatever threads they start to their ends.
    fn all(&mut self, directives: Vec<WastDirective<'t>>, report: &mut Report) {
        for directive in directives {
            let line = directive.span().linecol_in(&self.script.text).0 + 1;
            match self.directive(directive, report) {
                Verdict::Passed => report.passed += 1,
                Verdict::Failed(text) => report.failures.push(Note { line, text }),
                Verdict::Skipped(text) => report.skipped.push(Note { line, text: text.to_owned() }),
            }
        }
        for (_, thread) in self.threads.drain() {
            join(thread, report);
        }
    }

    fn directive(&mut self, directive: WastDirective<'t>, report: &mut Report) -> Verdict {
        match directive {
            WastDirective::Module(module) => passed(self.module(module)),
            WastDirective::ModuleDefinition(module) => passed(self.define(module)),
            WastDirective::ModuleInstance { instance, module, .. } => passed(self.instance(instance, module)),
            WastDirective::Register { name, module, .. } => passed(self.register(name, module)),
            WastDirective::Invoke(invoke) => passed(self.invoke(&invoke)),
            WastDirective::AssertReturn { exec, results, .. } => match self.execute(exec) {
                Ok(got) => matching::check(&self.store, &got, &results)
                    .map_or_else(Verdict::Failed, |()| Verdict::Passed),
                Err(error) => Verdict::Failed(format!("expected results, got an error: {error:#}")),
            },
            WastDirective::AssertTrap { exec, message, .. } => trapped(self.execute(exec), message),
            WastDirective::AssertExhaustion { call, message, .. } => trapped(self.invoke(&call), message),
            WastDirective::AssertException { exec, .. } => thrown(self.execute(exec)),
            WastDirective::AssertUnlinkable { module, message, .. } => self.unlinkable(module, message),
            WastDirective::AssertInvalid { module, message, .. } => {
                self.rejected(module, message, ErrorKind::Invalid)
            }
            WastDirective::AssertMalformed { module, message, .. } => {
                self.rejected(module, message, ErrorKind::Malformed)
            }
            WastDirective::AssertInvalidCustom { module, message, .. } => {
                self.bad_custom(module, message, ErrorKind::Invalid)
            }
            WastDirective::AssertMalformedCustom { module, message, .. } => {
                self.bad_custom(module, message, ErrorKind::Malformed)
            }
            WastDirective::Thread(thread) => passed(self.thread(thread)),
            WastDirective::Wait { thread, .. } => match self.threads.remove(thread.name()) {
                Some(thread) => {
                    join(thread, report);
                    Verdict::Passed
                }
                None => Verdict::Failed(format!("there is no thread ${}", thread.name())),
            },
            WastDirective::AssertSuspension { .. } => Verdict::Skipped("stack switching is not supported"),
        }
    }

    /// Runs the directives of a thread beside those that follow, in a store of its own that has the shared memories of
    /// one instance of this one.
    fn thread(&mut self, thread: WastThread<'t>) -> fantail::Result<()> {
        let WastThread { name, shared_module, directives, .. } = thread;
        let name = name.name().to_owned();
        let mut memories = Vec::new();
        if shared_module.is_some() {
            let instance = self.named(shared_module)?;
            memories = instance
                .exports(&mut self.store)
                .filter_map(|export| Some((export.name().to_owned(), export.into_shared_memory()?)))
                .collect();
        }
        let (engine, script, scope, own) = (self.engine.clone(), self.script, self.scope, name.clone());
        let body = move || {
            let mut report = Report { name: own, passed: 0, failures: Vec::new(), skipped: Vec::new() };
            let run = Run::new(&engine, script, scope).and_then(|mut run| {
                if let Some(id) = shared_module {
                    let instance = with_memories(&mut run.store, &memories)?;
                    run.bind(key(Some(id)), instance);
                }
                Ok(run)
            });
            match run {
                Ok(mut run) => run.all(directives, &mut report),
                Err(error) => report.failures.push(Note { line: 1, text: format!("{error:#}") }),
            }
            report
        };
        let handle = thread::Builder::new().spawn_scoped(scope, body)?;
        match self.threads.insert(name, handle) {
            Some(_) => Err(Error::msg("there is a thread of this name that nobody has waited for")),
            None => Ok(()),
        }
    }

    fn compile(&self, bytes: &[u8]) -> fantail::Result<Module> {
        Module::new(&self.engine, bytes)
    }

    fn module(&mut self, mut module: QuoteWat<'_>) -> fantail::Result<()> {
        // What follows a module that fails must not run on the one before.
        self.instances.remove(&None);
        let id = key(module.name());
        annotations(&mut module).map_err(Error::msg)?;
        let module = self.compile(&module.encode()?)?;
        if let Some(error) = module.custom_section_errors()?.into_iter().next() {
            return Err(error.into());
        }
        let module = (self.script.prepare)(module)?;
        let instance = self.linker.instantiate(&mut self.store, &module)?;
        self.bind(id, instance);
        Ok(())
    }

    fn bind(&mut self, id: Option<String>, instance: Instance) {
        self.instances.insert(None, instance);
        if id.is_some() {
            self.instances.insert(id, instance);
        }
    }

    fn define(&mut self, mut module: QuoteWat<'_>) -> fantail::Result<()> {
        let id = key(module.name());
        let module = (self.script.prepare)(self.compile(&module.encode()?)?)?;
        if id.is_some() {
            self.modules.insert(id, module.clone());
        }
        self.modules.insert(None, module);
        Ok(())
    }

    fn instance(&mut self, instance: Option<Id<'_>>, module: Option<Id<'_>>) -> fantail::Result<()> {
        let module = self.modules.get(&key(module)).ok_or_else(|| {
            Error::msg(match module {
                Some(id) => format!("there is no module definition ${}", id.name()),
                None => "there is no module definition before".to_owned(),
            })
        })?;
        let made = self.linker.instantiate(&mut self.store, module)?;
        self.bind(key(instance), made);
        Ok(())
    }

    fn named(&self, id: Option<Id<'_>>) -> fantail::Result<Instance> {
        self.instances.get(&key(id)).copied().ok_or_else(|| {
            Error::msg(match id {
                Some(id) => format!("there is no instance ${}", id.name()),
                None => "there is no instance: no module is before, or it failed".to_owned(),
            })
        })
    }

    fn register(&mut self, name: &str, module: Option<Id<'_>>) -> fantail::Result<()> {
        let instance = self.named(module)?;
        self.linker.instance(&mut self.store, name, instance).map(drop)
    }

    fn execute(&mut self, execute: WastExecute<'_>) -> fantail::Result<Vec<Val>> {
        match execute {
            WastExecute::Invoke(invoke) => self.invoke(&invoke),
            WastExecute::Wat(mut module) => {
                let module = self.compile(&module.encode()?)?;
                self.linker.instantiate(&mut self.store, &module)?;
                Ok(Vec::new())
            }
            WastExecute::Get { module, global, .. } => {
                let instance = self.named(module)?;
                match instance.get_export(&mut self.store, global) {
                    Some(Extern::Global(global)) => Ok(vec![global.get(&mut self.store)]),
                    _ => Err(Error::msg(format!("there is no global {global:?}"))),
                }
            }
        }
    }

    fn invoke(&mut self, invoke: &WastInvoke<'_>) -> fantail::Result<Vec<Val>> {
        let instance = self.named(invoke.module)?;
        let func = instance
            .get_func(&mut self.store, invoke.name)
            .ok_or_else(|| Error::msg(format!("there is no function {:?}", invoke.name)))?;
        let args = invoke
            .args
            .iter()
            .map(|argument| matching::argument(&mut self.store, argument))
            .collect::<fantail::Result<Vec<_>>>()?;
        let mut results = vec![Val::I32(0); func.ty(&self.store).results().len()];
        func.call(&mut self.store, &args, &mut results)?;
        Ok(results)
    }

    fn unlinkable(&mut self, mut module: Wat<'_>, message: &str) -> Verdict {
        let compiled = module.encode().map_err(Error::from).and_then(|bytes| self.compile(&bytes));
        let module = match compiled {
            Ok(module) => module,
            Err(error) => {
                return Verdict::Failed(format!("expected a module that cannot be linked, got: {error:#}"));
            }
        };
        match self.linker.instantiate(&mut self.store, &module) {
            Ok(_) => Verdict::Failed(format!("expected no instance ({message}), got one")),
            Err(error) if error.is::<Trap>() => {
                Verdict::Failed(format!("expected an error of linking ({message}), got a trap: {error:#}"))
            }
            Err(_) => Verdict::Passed,
        }
    }

    /// A module whose custom sections have bad contents, though it is valid.
    fn bad_custom(&self, mut module: QuoteWat<'_>, message: &str, kind: ErrorKind) -> Verdict {
        let what = if kind == ErrorKind::Malformed { "malformed" } else { "invalid" };
        let wrong = |got: &str| {
            Verdict::Failed(format!("expected custom sections that are {what} ({message}), got: {got}"))
        };
        // As annotations, where the module is quoted.
        if let Err(got) = annotations(&mut module) {
            return if kind == ErrorKind::Malformed && got == message {
                Verdict::Passed
            } else {
                wrong(&got)
            };
        }
        let compiled = module.encode().map_err(Error::from).and_then(|bytes| self.compile(&bytes));
        let errors = match compiled.and_then(|module| module.custom_section_errors()) {
            Ok(errors) => errors,
            Err(error) => return wrong(&format!("{error:#}")),
        };
        // As sections: what is wrong is the same there, but it is no annotation.
        let tail = message.rsplit(": ").next().unwrap_or(message);
        match errors.first() {
            None => wrong("good ones"),
            Some(error) if error.kind() == kind && error.message().ends_with(tail) => Verdict::Passed,
            Some(error) => wrong(&error.to_string()),
        }
    }

    /// A module that has to be rejected. In the text format, an error of syntax is as good: then the fault could not even
    /// be written in the binary format.
    fn rejected(&self, mut module: QuoteWat<'_>, message: &str, kind: ErrorKind) -> Verdict {
        let quoted = matches!(module, QuoteWat::QuoteModule(..));
        let Ok(bytes) = module.encode() else {
            return Verdict::Passed;
        };
        let what = if kind == ErrorKind::Malformed { "malformed" } else { "invalid" };
        match Module::validate(&self.engine, &bytes) {
            Ok(()) => {
                Verdict::Failed(format!("expected a module that is {what} ({message}), got a valid one"))
            }
            Err(error) => match error.downcast_ref::<WasmError>().map(WasmError::kind) {
                Some(got) if got == kind => Verdict::Passed,
                // Without 64-bit memories, limits are `i32`; the parser of scripts always knows both.
                Some(ErrorKind::Invalid) if quoted && message == "i32 constant out of range" => {
                    Verdict::Passed
                }
                // What the engine calls unsupported may be malformed by the letter: then its words are the suite's.
                _ if error.to_string().starts_with(message) => Verdict::Passed,
                _ => Verdict::Failed(format!("expected a module that is {what} ({message}), got: {error:#}")),
            },
        }
    }
}

/// Checks the annotations of a module that is quoted.
fn annotations(module: &mut QuoteWat<'_>) -> Result<(), String> {
    if let QuoteWat::QuoteModule(..) = module
        && let Ok(QuoteWatTest::Text(text)) = module.to_test()
        && let Ok(text) = core::str::from_utf8(&text)
    {
        return annotation::check(text);
    }
    Ok(())
}

/// Waits for `thread` and adds what became of it.
fn join(thread: ScopedJoinHandle<'_, Report>, report: &mut Report) {
    match thread.join() {
        Ok(mut own) => {
            report.passed += own.passed;
            report.failures.append(&mut own.failures);
            report.skipped.append(&mut own.skipped);
        }
        // The thread of the script tells of it.
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// An instance that exports `memories` by their names.
fn with_memories(store: &mut Store<()>, memories: &[(String, SharedMemory)]) -> fantail::Result<Instance> {
    let mut text = "(module".to_owned();
    for (index, (name, memory)) in memories.iter().enumerate() {
        let escaped: String = name.bytes().map(|byte| format!("\\{byte:02x}")).collect();
        let (ty, index64) = (memory.ty(), if memory.ty().is_64() { "i64" } else { "" });
        let (min, max) = (ty.minimum(), ty.maximum().unwrap_or(ty.minimum()));
        let _ = write!(text, "(import \"\" \"{escaped}\" (memory {index64} {min} {max} shared");
        if ty.page_size() != 65_536 {
            let _ = write!(text, " (pagesize {})", ty.page_size());
        }
        let _ = write!(text, ")) (export \"{escaped}\" (memory {index}))");
    }
    text.push(')');
    let module = Module::new(store.engine(), wat::parse_str(text)?)?;
    let imports: Vec<Extern> = memories.iter().map(|(_, memory)| memory.clone().into()).collect();
    Instance::new(store, &module, &imports)
}

fn passed<T>(result: fantail::Result<T>) -> Verdict {
    match result {
        Ok(_) => Verdict::Passed,
        Err(error) => Verdict::Failed(format!("{error:#}")),
    }
}

/// Checks that there was a trap with this message, or the beginning of it: the suite's messages carry details at times.
fn trapped(result: fantail::Result<Vec<Val>>, message: &str) -> Verdict {
    match result {
        Ok(_) => Verdict::Failed(format!("expected the trap {message:?}, got a result")),
        Err(error) => match error.downcast_ref::<Trap>().map(Trap::to_string) {
            Some(got) if got.starts_with(message) || message.starts_with(&got) => Verdict::Passed,
            Some(got) => Verdict::Failed(format!("expected the trap {message:?}, got the trap {got:?}")),
            None => Verdict::Failed(format!("expected the trap {message:?}, got an error: {error:#}")),
        },
    }
}

fn thrown(result: fantail::Result<Vec<Val>>) -> Verdict {
    match result {
        Ok(_) => Verdict::Failed("expected an exception, got a result".to_owned()),
        Err(error) if error.is::<ThrownException>() => Verdict::Passed,
        Err(error) => Verdict::Failed(format!("expected an exception, got an error: {error:#}")),
    }
}
