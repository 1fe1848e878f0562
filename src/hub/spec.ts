/** What `hub:OWNER/NAME[@REVISION]` names: a repository, a revision of it, and the folder its files lie in. */
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';

export interface HubSpec {
  /** With the revision said, so that one model has one name: `hub:microsoft/codebert-base@main`. */
  readonly id: string;
  /** `OWNER/NAME`. */
  readonly repository: string;
  /** A branch, a tag or a commit. */
  readonly revision: string;
}

const form = '“hub:OWNER/NAME” or “hub:OWNER/NAME@REVISION”, such as hub:microsoft/codebert-base';

/** Begins with a letter or digit, so neither `.` nor `..` nor an option; no separators of any system. */
const part = '[A-Za-z0-9][A-Za-z0-9._-]*';
/** A revision may be a path (`refs/pr/1`). */
const pattern = new RegExp(`^hub:(${part})/(${part})(?:@(${part}(?:/${part})*))?$`);

export function parseHubSpec(spec: string): HubSpec {
  const match = pattern.exec(spec);
  if (match === null || spec.length > 300) throw new UserError('weights', `found “${spec.slice(0, 300)}”`, form);
  const repository = `${match[1]!}/${match[2]!}`;
  const revision = match[3] ?? 'main';
  return { id: `hub:${repository}@${revision}`, repository, revision };
}

/** Named by what people know before anything is fetched, so that they can place files there by hand. */
export function modelFolder({ repository, revision }: HubSpec, modelsFolder: string): string {
  return join(modelsFolder, ...repository.split('/'), revision.replaceAll('/', '%2F'));
}
