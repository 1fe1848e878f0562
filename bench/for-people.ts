/** Errors for people as one line and an exit code; others as they are. */
import { UserError } from '../src/core/errors.ts';

export async function forPeople(program: () => Promise<void>): Promise<void> {
  try {
    await program();
  } catch (error) {
    const isUsage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
    if (!(error instanceof UserError) && !isUsage) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}
