//! The switch of everything that exists only for speed.

use std::sync::LazyLock;

/// Returns `true` unless the hidden `TAGLINT_SLOW=1` switches every optimization off, to confirm or rule out an error in
/// one of them. A report is the same either way.
#[must_use]
pub fn quick_paths_enabled() -> bool {
    static ENABLED: LazyLock<bool> =
        LazyLock::new(|| std::env::var_os("TAGLINT_SLOW").is_none_or(|value| value != "1"));
    *ENABLED
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::QuickPaths;

    /// The process of a test has one environment, so this test runs again in others.
    const SWITCH: &str = "base::quick::tests::the_switch_is_as_the_environment_says";

    #[test]
    fn the_switch_is_as_the_environment_says() {
        let is_slow = std::env::var("TAGLINT_SLOW").is_ok_and(|value| value == "1");
        assert_eq!(quick_paths_enabled(), !is_slow);
        assert_eq!(QuickPaths::of_environment(), if is_slow { QuickPaths::NONE } else { QuickPaths::ALL });
        println!("slow: {is_slow}");
    }

    #[test]
    fn taglint_slow_switches_every_quick_path_off() {
        for (value, is_slow) in [("1", true), ("0", false), ("", false)] {
            let mut again = std::process::Command::new(std::env::current_exe().expect("this program"));
            let run =
                again.args(["--exact", SWITCH, "--nocapture"]).env("TAGLINT_SLOW", value).output().expect("a run");
            let text = String::from_utf8_lossy(&run.stdout);
            assert!(run.status.success() && text.contains(&format!("slow: {is_slow}")), "{value}: {text}");
        }
    }
}
