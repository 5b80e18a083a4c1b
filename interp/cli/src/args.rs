//! The command line.

use crate::outcome::{End, Outcome};
use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use fantail::{CompilationMode, Config, SimdBackend};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Runs WebAssembly: programs (WASI preview 1), or single functions of a module.
///
/// A program sees nothing of this machine but its arguments and the standard streams, unless it is given more: see --dir
/// and --env.
#[derive(Debug, Parser)]
#[command(
    name = "fantail",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    override_usage = "fantail [OPTIONS] FILE [ARGS]...\n       fantail <COMMAND>",
    after_help = AFTER_HELP,
    after_long_help = AFTER_LONG_HELP
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

macro_rules! after_help {
    () => {
        "`fantail FILE` is `fantail run FILE`. Modules are read in the binary and in the text format.\n\n\
        Exit codes: the guest's own; 134 when it trapped; 2 for input that cannot be used; 1 for failed tests."
    };
}

const AFTER_HELP: &str = after_help!();

const AFTER_LONG_HELP: &str = concat!(
    "Examples:\n\
    \x20 fantail program.wasm one two                run a program with two arguments\n\
    \x20 fantail --dir . --env LANG=C program.wasm   let it use this directory, and set a variable\n\
    \x20 fantail --invoke add math.wasm 1 2          call a function, print what it returns\n\
    \x20 fantail --timeout 5 --max-memory 64M a.wasm stop it when it takes too much\n\
    \x20 fantail inspect program.wasm                see what a module imports and exports\n\
    \x20 fantail validate *.wasm                     see whether modules are valid\n\n",
    after_help!()
);

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs a WASI program, or a function that a module exports.
    #[command(after_help = RUN_HELP)]
    Run(RunArgs),
    /// Says whether modules are valid.
    Validate(ValidateArgs),
    /// Prepares a module to be executed in place by firmware.
    Compile(CompileArgs),
    /// Runs specification scripts.
    Wast(WastArgs),
    /// Shows what is in a module: its sections, imports and exports, or its code.
    Inspect(InspectArgs),
    /// Prints a script by which a shell completes this command.
    #[command(after_help = COMPLETIONS_HELP)]
    Completions(CompletionsArgs),
}

const RUN_HELP: &str = "Options come before FILE: what follows it is the guest's.\n\n\
    Exit codes: the guest's own; 134 when it trapped or was stopped; 2 for input that cannot be used.";

const COMPLETIONS_HELP: &str = "For example:\n\
    \x20 fantail completions bash > ~/.local/share/bash-completion/completions/fantail\n\
    \x20 fantail completions zsh > \"${fpath[1]}/_fantail\"\n\
    \x20 fantail completions fish > ~/.config/fish/completions/fantail.fish";

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    pub(crate) shell: Shell,
}

/// Options of everything that makes an engine.
#[derive(Debug, Args)]
pub(crate) struct EngineArgs {
    /// When functions are translated to what is executed.
    #[arg(long, value_name = "WHEN", value_enum, default_value = "lazy-translation")]
    pub(crate) compile: Compile,
    /// What vector instructions are made of; by default the best that this machine has. For comparisons.
    #[arg(long, value_name = "BACKEND", value_parser = simd_backend)]
    pub(crate) simd_backend: Option<SimdBackend>,
    #[command(flatten)]
    pub(crate) wasm: WasmArgs,
}

/// What WebAssembly is.
#[derive(Debug, Args)]
pub(crate) struct WasmArgs {
    /// Accept WebAssembly proposals, or no longer with `=n`, one or several with commas; `-W help` lists them.
    #[arg(short = 'W', long = "wasm", value_name = "PROPOSAL[=y|n]", value_delimiter = ',')]
    pub(crate) wasm: Vec<String>,
}

/// `--compile`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Compile {
    /// All at once, when the module is loaded.
    Eager,
    /// Each at its first call; all are validated when the module is loaded.
    LazyTranslation,
    /// Each at its first call, and validated only then.
    Lazy,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Call this export instead of `_start`; ARGS are its arguments, and its results are printed.
    #[arg(long, value_name = "NAME")]
    pub(crate) invoke: Option<String>,
    /// Let the guest use a directory of the host, under its own name or under GUEST.
    #[arg(long = "dir", value_name = "HOST[::GUEST]", value_hint = ValueHint::DirPath)]
    pub(crate) dirs: Vec<String>,
    /// Set an environment variable of the guest, to VALUE or to what it is here.
    #[arg(long = "env", value_name = "NAME[=VALUE]")]
    pub(crate) env: Vec<String>,
    /// Let the guest use more of WASI, or no longer with `=n`: `threads` is wasi-threads.
    #[arg(short = 'S', long = "wasi", value_name = "PART[=y|n]")]
    pub(crate) wasi: Vec<String>,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    #[command(flatten)]
    pub(crate) engine: EngineArgs,
    /// The module, and the arguments of the program or function.
    #[arg(value_names = ["FILE", "ARGS"], required = true, trailing_var_arg = true, value_hint = ValueHint::FilePath)]
    pub(crate) file_and_args: Vec<OsString>,
}

/// What the guest may use.
#[derive(Debug, Args)]
pub(crate) struct LimitArgs {
    /// Stop the guest after so many instructions.
    #[arg(long, value_name = "INSTRUCTIONS", value_parser = instructions, allow_negative_numbers = true)]
    pub(crate) fuel: Option<u64>,
    /// Stop the guest after so many seconds; `0.5` is half a second.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    pub(crate) timeout: Option<Duration>,
    /// Let no memory of the guest grow beyond so many bytes; `64M` is 64 MiB, and there are K and G.
    #[arg(long, value_name = "BYTES", value_parser = bytes, allow_negative_numbers = true)]
    pub(crate) max_memory: Option<usize>,
    /// Bytes for the parameters, locals and intermediate values of nested calls; 1M by default.
    #[arg(long, value_name = "BYTES", value_parser = bytes, allow_negative_numbers = true)]
    pub(crate) stack_size: Option<usize>,
}

fn instructions(text: &str) -> Result<u64, &'static str> {
    text.parse().map_err(|_| "expected a number of instructions, such as 1000000")
}

fn seconds(text: &str) -> Result<Duration, &'static str> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or("expected a number of seconds, such as 60 or 0.5")
}

fn bytes(text: &str) -> Result<usize, String> {
    let (number, shift) = match text.char_indices().next_back() {
        Some((at, 'k' | 'K')) => (&text[..at], 10),
        Some((at, 'm' | 'M')) => (&text[..at], 20),
        Some((at, 'g' | 'G')) => (&text[..at], 30),
        _ => (text, 0),
    };
    let number: usize =
        number.parse().map_err(|_| "expected a number of bytes, such as 65536 or 64M".to_owned())?;
    number.checked_mul(1 << shift).ok_or_else(|| "that is more than there is".to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct CompileArgs {
    /// The module, binary or text.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Where the image goes.
    #[arg(short, long, value_name = "IMAGE", value_hint = ValueHint::FilePath)]
    pub(crate) output: PathBuf,
    /// Lets the code count fuel, for engines that are set to consume it.
    #[arg(long)]
    pub(crate) fuel: bool,
    /// Lets the code look at the epoch, for engines that are set to be interrupted.
    #[arg(long)]
    pub(crate) epochs: bool,
    #[command(flatten)]
    pub(crate) wasm: WasmArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    #[command(flatten)]
    pub(crate) wasm: WasmArgs,
    /// The modules.
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
}

/// Runs specification scripts, the `.wast` files of the official test suite.
///
/// Prints a line for each file, and why its directives failed. The last line counts directives: assertions, modules and
/// actions. Scripts in a folder named after a proposal, such as `proposals/threads`, have that proposal switched on.
#[derive(Debug, Args)]
pub(crate) struct WastArgs {
    /// A file that lists the scripts which are known to fail, one a line as they are printed, `#` for comments. Their
    /// failures are counted as skipped. A listed script that passes is an error: the list may only shrink.
    #[arg(long, value_name = "LIST")]
    pub(crate) expect_failures: Option<PathBuf>,
    /// Seconds that a script may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub(crate) timeout: u64,
    /// Scripts to run at the same time; as many as there are processors by default.
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<usize>,
    /// Print every failure, not only the first ones of a file.
    #[arg(long, short)]
    pub(crate) verbose: bool,
    #[command(flatten)]
    pub(crate) engine: EngineArgs,
    /// Scripts, or directories with scripts.
    #[arg(value_name = "FILE|DIR", required = true)]
    pub(crate) paths: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// Print the register code of all functions, or of the one with this name or index.
    #[arg(long, value_name = "FUNCTION", num_args = 0..=1, require_equals = true)]
    pub(crate) ir: Option<Option<String>>,
    /// The module.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

impl Compile {
    pub(crate) fn mode(self) -> CompilationMode {
        match self {
            Self::Eager => CompilationMode::Eager,
            Self::LazyTranslation => CompilationMode::LazyTranslation,
            Self::Lazy => CompilationMode::Lazy,
        }
    }
}

/// A proposal's name and its switch.
type Switch = (&'static str, fn(&mut Config, bool) -> &mut Config);

/// What `-W` knows.
const PROPOSALS: &[Switch] = &[
    ("branch-hinting", Config::wasm_branch_hinting),
    ("bulk-memory", Config::wasm_bulk_memory),
    ("custom-page-sizes", Config::wasm_custom_page_sizes),
    ("exceptions", Config::wasm_exceptions),
    ("extended-const", Config::wasm_extended_const),
    ("function-references", Config::wasm_function_references),
    ("gc", Config::wasm_gc),
    ("legacy-exceptions", Config::wasm_legacy_exceptions),
    ("memory64", Config::wasm_memory64),
    ("multi-memory", Config::wasm_multi_memory),
    ("multi-value", Config::wasm_multi_value),
    ("mutable-global", Config::wasm_mutable_global),
    ("reference-types", Config::wasm_reference_types),
    ("relaxed-simd", Config::wasm_relaxed_simd),
    ("relaxed-simd-deterministic", Config::relaxed_simd_deterministic),
    ("saturating-float-to-int", Config::wasm_saturating_float_to_int),
    ("sign-extension", Config::wasm_sign_extension),
    ("simd", Config::wasm_simd),
    ("tail-call", Config::wasm_tail_call),
    ("threads", Config::wasm_threads),
    ("wide-arithmetic", Config::wasm_wide_arithmetic),
];

/// Whether `value` of option `option` is yes.
fn yes(option: char, name: &str, value: &str) -> Outcome<bool> {
    match value {
        "y" | "yes" | "true" => Ok(true),
        "n" | "no" | "false" => Ok(false),
        _ => Err(End::input(format!("-{option} {name}={value}: expected {name}=y or {name}=n"))),
    }
}

impl RunArgs {
    /// Whether `-S` lets programs start threads.
    pub(crate) fn threads(&self) -> Outcome<bool> {
        let mut threads = false;
        for switch in &self.wasi {
            let (name, value) = switch.split_once('=').unwrap_or((switch, "y"));
            if name != "threads" {
                return Err(End::input(format!("-S {switch}: no such part of WASI; there is: threads")));
            }
            threads = yes('S', name, value)?;
        }
        Ok(threads)
    }
}

/// What `-W help` prints.
fn proposals() -> String {
    PROPOSALS.iter().map(|(name, _)| format!("{name}\n")).collect()
}

/// The command line, or how the command ends without one.
///
/// Help is given even where something else is missing: nobody who asks for the proposals has a module yet.
pub(crate) fn parse() -> Outcome<Cli> {
    let arguments: Vec<_> = std::env::args_os().collect();
    Cli::try_parse_from(&arguments).map_err(|error| {
        let asked = |pair: &[OsString]| (pair[0] == "-W" || pair[0] == "--wasm") && pair[1] == "help";
        if error.kind() == ErrorKind::MissingRequiredArgument && arguments.windows(2).any(asked) {
            return End::Help(proposals());
        }
        error.exit()
    })
}

impl WasmArgs {
    /// Switches the proposals as `-W` says.
    pub(crate) fn switch(&self, config: &mut Config) -> Outcome {
        for switch in &self.wasm {
            let (name, value) = switch.split_once('=').unwrap_or((switch, "y"));
            let names = || PROPOSALS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
            let Some((_, set)) = PROPOSALS.iter().find(|(known, _)| *known == name) else {
                return Err(match name {
                    "help" => End::Help(proposals()),
                    _ => End::input(format!("-W {switch}: no such proposal; there are: {}", names())),
                });
            };
            set(config, yes('W', name, value)?);
        }
        Ok(())
    }
}

impl EngineArgs {
    /// The configuration that the options ask for.
    pub(crate) fn config(&self) -> Outcome<Config> {
        let mut config = Config::new();
        config.compilation_mode(self.compile.mode());
        if let Some(backend) = self.simd_backend {
            config.simd_backend(backend);
        }
        self.wasm.switch(&mut config)?;
        Ok(config)
    }
}

/// The back end with the name `name`.
fn simd_backend(name: &str) -> Result<SimdBackend, String> {
    let backend = SimdBackend::ALL.iter().copied().find(|backend| backend.name() == name);
    backend.ok_or_else(|| {
        let names: Vec<_> = SimdBackend::ALL.iter().map(|backend| backend.name()).collect();
        format!("there are: {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn without_a_command_it_runs_and_the_guest_keeps_its_options() {
        let cli =
            Cli::try_parse_from(["fantail", "--env", "A=1", "app.wasm", "--env", "-x"]).expect("it is valid");
        assert!(cli.command.is_none());
        assert_eq!(cli.run.env, ["A=1"]);
        assert_eq!(cli.run.file_and_args, ["app.wasm", "--env", "-x"]);
    }

    #[test]
    fn sizes_have_units_and_times_fractions() {
        assert_eq!((bytes("65536"), bytes("64M"), bytes("1k")), (Ok(65_536), Ok(64 << 20), Ok(1024)));
        assert!(
            bytes("").is_err()
                && bytes("M").is_err()
                && bytes("-1").is_err()
                && bytes("99999999999G").is_err()
        );
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        assert!(seconds("-1").is_err() && seconds("soon").is_err() && seconds("1e99").is_err());
    }

    #[test]
    fn ir_takes_a_function_only_with_an_equals_sign() {
        let parse = |args: &[&str]| match Cli::try_parse_from(args).expect("it is valid").command {
            Some(Command::Inspect(args)) => (args.ir, args.file),
            other => panic!("expected inspect, got {other:?}"),
        };
        assert_eq!(parse(&["fantail", "inspect", "--ir", "a.wasm"]), (Some(None), "a.wasm".into()));
        let named = (Some(Some("f".to_owned())), "a.wasm".into());
        assert_eq!(parse(&["fantail", "inspect", "--ir=f", "a.wasm"]), named);
    }
}
