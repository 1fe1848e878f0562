/** `hub.lock.json`: which commit each model is, and its files with sizes and sums, so that later runs read the same bytes offline. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { readJson, writeAtomically } from '../core/fs.ts';
import { isPlainName } from './wanted.ts';

const file = z
  .strictObject({
    size: z.int().nonnegative(),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
    gitBlob: z
      .string()
      .regex(/^[0-9a-f]{40}$/)
      .optional(),
  })
  .refine(({ sha256, gitBlob }) => sha256 !== undefined || gitBlob !== undefined, 'a file without a sum');

const entry = z.strictObject({
  /** `null`: placed by hand, so nobody knows. */
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .nullable(),
  /** Until all is there: every file that may belong to the model. Then: those that do. */
  files: z.record(z.string().refine(isPlainName, 'no plain file name'), file),
});

const content = z.strictObject({ version: z.literal(1), models: z.record(z.string(), entry) });

export type LockEntry = z.infer<typeof entry>;
export type LockedFile = z.infer<typeof file>;

export const lockFilePath = (modelsFolder: string): string => join(modelsFolder, 'hub.lock.json');

function readAll(modelsFolder: string): z.infer<typeof content> {
  const path = lockFilePath(modelsFolder);
  if (!existsSync(path)) return { version: 1, models: {} };
  const read = content.safeParse(readJson(path));
  if (read.success) return read.data;
  const issue = read.error.issues[0]!;
  throw new UserError(path, `${issue.path.join('.')}: ${issue.message}`, 'the file as it was written, or no such file');
}

export function readEntry(modelsFolder: string, id: string): LockEntry | null {
  const { models } = readAll(modelsFolder);
  return Object.hasOwn(models, id) ? models[id]! : null;
}

/** Only under the folder's lock: others' entries are read and written again. Sorted, so that two machines' files can be compared. */
export function writeEntry(modelsFolder: string, id: string, value: LockEntry): void {
  const models = Object.entries({ ...readAll(modelsFolder).models, [id]: value }).sort(([a], [b]) => (a < b ? -1 : 1));
  writeAtomically(lockFilePath(modelsFolder), `${JSON.stringify({ version: 1, models: Object.fromEntries(models) }, null, 2)}\n`);
}
