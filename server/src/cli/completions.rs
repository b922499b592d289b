use clap::{Args, Command};
use clap_complete::Shell;

use super::{CliError, Exit};

/// Print the completions of a shell.
#[derive(Args)]
#[command(after_help = "Example:\n  klartext completions bash > ~/.local/share/bash-completion/completions/klartext")]
pub struct CompletionsArgs {
    shell: Shell,
}

pub fn run(args: CompletionsArgs, mut command: Command) -> Result<Exit, CliError> {
    let name = command.get_name().to_owned();
    clap_complete::generate(args.shell, &mut command, name, &mut std::io::stdout());
    Ok(Exit::Done)
}
