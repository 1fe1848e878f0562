/** The command `elibadcode`: reads the arguments, runs one verb, turns what happened into an exit code. */
import { exitCodeOf } from './exit.ts';
import { makeProgram } from './program.ts';

// `elibadcode ls | head` ends the pipe early: nothing is left to say, and nothing failed.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

try {
  await makeProgram().parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error, (text) => process.stderr.write(text));
}
