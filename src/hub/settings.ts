/** Where models come from and where they are kept: what the caller says, and what the environment says. */
import { resolve } from 'node:path';
import { HUB_URL } from '@huggingface/hub';
import { UserError } from '../core/errors.ts';

export interface HubSettings {
  /** Address of the hub or of a mirror, without a slash at the end. */
  readonly endpoint: string;
  readonly token: string | null;
  /** Absolute; holds `hub.lock.json` and `OWNER/NAME/REVISION/`. */
  readonly modelsFolder: string;
}

export interface HubPlaces {
  /** Where models are kept unless `ELIBADCODE_MODELS` says otherwise. */
  readonly defaultFolder: string;
  /** A mirror; before `HF_ENDPOINT`. */
  readonly endpoint?: string;
  /** `process.env` unless given. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** The hub's variables are called as its own tools call them; empty counts as unset. */
export function hubSettings({ defaultFolder, endpoint, environment = process.env }: HubPlaces): HubSettings {
  const said = (name: string): string | null => {
    const value = environment[name]?.trim() ?? '';
    return value === '' ? null : value;
  };
  const token = said('HF_TOKEN');
  // The token itself is never shown.
  if (token !== null && !/^hf_[\w-]+$/.test(token)) throw new UserError('HF_TOKEN', 'is no access token', 'hf_ and letters, or unset');
  return {
    endpoint: endpointOf(endpoint ?? said('HF_ENDPOINT') ?? HUB_URL),
    token,
    modelsFolder: resolve(said('ELIBADCODE_MODELS') ?? defaultFolder),
  };
}

function endpointOf(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : null;
  const isPlain = url !== null && /^https?:$/.test(url.protocol) && url.username + url.password + url.search + url.hash === '';
  if (!isPlain) throw new UserError('HF_ENDPOINT', 'is no address of a hub', 'https://HOST, without a name, password or query in it');
  return url.href.replace(/\/+$/, '');
}
