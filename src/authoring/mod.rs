//! Tools for authors of policies: the JSON Schemas, the explanation of rules, starter policies, a draft from
//! existing tags, and the import of AWS policies. All of it generates text from lower layers.

pub mod compare;
pub mod explain;
pub mod export;
pub mod formats;
pub mod import;
pub mod init;
pub mod schema;
mod write;

/// Compares a committed file with the generated text; with `TAGLINT_BLESS` set, writes it.
#[cfg(test)]
pub(crate) fn assert_committed(path: &str, generated: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("TAGLINT_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().expect("a file has a folder")).expect("the folder can be made");
        std::fs::write(&path, generated).expect("the file can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == generated,
        "{} is not what the program generates: run the tests once with TAGLINT_BLESS=1 and commit the file",
        path.display()
    );
}

/// Loads a policy text from a file of its own, as `policy check` does.
#[cfg(test)]
fn load_text(text: &str) -> Result<crate::policy::Policy, crate::policy::LoadError> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("taglint.toml");
    std::fs::write(&path, text).expect("the file can be written");
    crate::policy::load(&crate::policy::PolicySource::Paths(vec![path]))
}

/// Loads a policy text that must be good.
#[cfg(test)]
fn must_load(text: &str) -> crate::policy::Policy {
    match load_text(text) {
        Ok(policy) => policy,
        Err(crate::policy::LoadError::Mistakes(problems)) => {
            let problems: Vec<_> = problems
                .iter()
                .map(|p| format!("{:?}: {} {:?}", p.file.line_column(p.span.start), p.message, p.help))
                .collect();
            panic!("{}\n{text}", problems.join("\n"));
        }
        Err(error) => panic!("{error}\n{text}"),
    }
}
