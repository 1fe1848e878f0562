/** ONNX Runtime's own profile of every session, read from the files it writes. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { z } from 'zod';
import type { KernelTime } from './contracts.ts';
import { sumKernelTimes } from './kernel-times.ts';

/** What an event of kind “Node” tells; times are in microseconds. */
const eventsSchema = z.array(
  z.looseObject({
    cat: z.string().optional(),
    name: z.string().optional(),
    dur: z.number().optional(),
    args: z.looseObject({ op_name: z.string().optional(), output_type_shape: z.unknown().optional() }).optional(),
  }),
);

export class OrtProfile {
  readonly #folder = mkdtempSync(path.join(os.tmpdir(), 'elibadcode-profile-'));
  readonly #sessions: { readonly program: string; readonly prefix: string; readonly session: InferenceSession }[] = [];
  #next = 0;

  /** For the session that is watched next. */
  sessionOptions(): InferenceSession.SessionOptions {
    return { enableProfiling: true, profileFilePrefix: this.#prefix(this.#next) };
  }

  watch(program: string, session: InferenceSession): void {
    this.#sessions.push({ program, prefix: this.#prefix(this.#next), session });
    this.#next += 1;
  }

  /** Ends all watched sessions' profiles and sums them up. */
  async read(): Promise<KernelTime[]> {
    const times: KernelTime[] = [];
    for (const { program, prefix, session } of this.#sessions.splice(0)) {
      session.endProfiling();
      const file = readdirSync(this.#folder).find((name) => path.join(this.#folder, name).startsWith(`${prefix}_`));
      if (file === undefined) throw new Error(`ONNX Runtime wrote no profile of “${program}”`);
      times.push(...readEvents(program, readFileSync(path.join(this.#folder, file), 'utf8')));
      await session.release();
    }
    if (existsSync(this.#folder)) rmSync(this.#folder, { recursive: true });
    return sumKernelTimes(times);
  }

  #prefix(index: number): string {
    return path.join(this.#folder, `session-${index}`);
  }
}

function readEvents(program: string, text: string): KernelTime[] {
  return eventsSchema.parse(JSON.parse(text)).flatMap(({ cat, name, dur, args }) => {
    if (cat !== 'Node' || args?.op_name === undefined || name?.endsWith('_kernel_time') !== true) return [];
    const shapes = JSON.stringify(args.output_type_shape ?? []).replaceAll(/["{}]|float:|int32:|int64:|bool:/g, '');
    return [{ program, kernel: `${args.op_name} ${shapes}`, calls: 1, seconds: (dur ?? 0) / 1e6 }];
  });
}
