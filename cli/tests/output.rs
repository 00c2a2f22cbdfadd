//! The command's output as other programs take it.

use std::{
    fs::File,
    io::Write,
    process::{Command, Stdio},
};

#[test]
fn whoever_has_read_enough_may_go() {
    let path = std::env::temp_dir().join(format!("pricecourier-output-{}.csv", std::process::id()));
    let mut list = File::create(&path).unwrap();
    writeln!(list, "Code;Name;Price").unwrap();
    for row in 0..50 {
        writeln!(list, "A-{row};Ball valve brass {row};{row}.50").unwrap();
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_pricecourier"))
        .args(["extract", "--explain"])
        .args([&path; 40])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}
