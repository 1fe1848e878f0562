/** The command `elibadcode`: reads the arguments, runs one verb, turns what happened into an exit code. */
import { exitCodeOf } from './exit.ts';
import { makeProgram } from './program.ts';

try {
  await makeProgram().parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error, (text) => process.stderr.write(text));
}
