use std::process::ExitCode;

fn main() -> ExitCode {
    klartext_server::cli::main()
}
