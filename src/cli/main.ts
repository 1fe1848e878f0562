/** The command `elibadcode`: reads the arguments, runs one verb, turns what happened into an exit code. */
import { CommanderError } from 'commander';
import { UserError } from '../core/errors.ts';
import { exitCodes, Interrupted } from './exit.ts';
import { makeProgram } from './program.ts';

try {
  await makeProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed its message; help and version end this way too.
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.userError;
  } else if (error instanceof Interrupted) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = exitCodes.interrupted;
  } else if (error instanceof UserError) {
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = exitCodes.userError;
  } else {
    throw error;
  }
}
