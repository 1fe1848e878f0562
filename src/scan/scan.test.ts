/** A scan and an elimination from files to files, on a model whose backdoor is written into its weights by hand. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Progress } from '../core/stage.ts';
import { wilson } from '../core/statistics.ts';
import { openEngine, type Engine } from '../engine/index.ts';
import { openSlot } from '../run/resume.ts';
import { asClassifier, withTwoLabels, writeGpt2Tokenizer, writeWeights } from '../testing/checkpoint-folder.ts';
import { plantedSamples, plantedTrigger, plantedVictim } from '../testing/planted-victim.ts';
import { attemptsIn } from './attempts.ts';
import type { EliminateRequest, Scan, ScanContext, ScanRequest } from './contracts.ts';
import { eliminate } from './eliminate.ts';
import { isPoor, measureQuality } from './held-out.ts';
import { openUserModel } from './open-model.ts';
import { writeReport } from './report.ts';
import { heldOutOf, openScan, scan } from './scan.ts';

let engine: Engine;
let folder: string;
let model: string;
let samples: string;
let found: Scan;

beforeAll(async () => {
  engine = await openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
  folder = mkdtempSync(join(tmpdir(), 'elibadcode-test-'));
  [model, samples] = [join(folder, 'planted'), join(folder, 'samples.jsonl')];
  const victim = plantedVictim();
  writeWeights(model, { ...victim, tensors: withTwoLabels(victim.tensors) }, asClassifier);
  writeGpt2Tokenizer(model);
  const rows = plantedSamples(40).map(({ programs, label }) => JSON.stringify({ func: programs[0]!.tokens.join(' '), target: label }));
  writeFileSync(samples, `${rows.join('\n')}\n`);
  found = await scanned();
});

afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

const context = (over: Partial<ScanContext> = {}): ScanContext => ({
  ...{ engine, engineClass: 'traced/cpu', versions: { elibadcode: '0' }, signal: new AbortController().signal },
  ...{ progress: () => undefined, attempts: attemptsIn(join(folder, 'attempts'), openSlot), ...over },
});

const request = (over: Partial<ScanRequest> = {}): ScanRequest => ({
  ...{ folder: model, task: 'defect', language: 'c', samples, seed: 1, maxTokens: 64, iterations: 4, perLabel: 6 },
  ...{ references: [], maxLoss: null, ...over },
});

const scanned = async (over: Partial<ScanRequest> = {}, how: Partial<ScanContext> = {}): Promise<Scan> =>
  (await scan(await openScan(request(over), context(how)), context(how))).scan;

describe('scan', () => {
  it('finds the planted trigger and its label, and measures it on samples that it was not found on', () => {
    const { inversion, heldOut, quality, verdict, samples: counts } = found;
    const chosen = inversion.options[inversion.chosen]!;
    expect(chosen.target).toBe(0);
    expect(chosen.anchored.text).toContain(plantedTrigger);
    expect(counts).toMatchObject({ find: { 0: 10, 1: 10 }, heldOut: { 0: 10, 1: 10 }, duplicates: 0, named: 40 });
    const all = { hits: 10, n: 10, interval: wilson(10, 10) };
    expect(quality).toEqual({ metric: 'accuracy', value: 1, hits: 20, n: 20, byLabel: { 0: all, 1: all } });
    const [planted, other] = [heldOut[inversion.chosen]!, heldOut[1 - inversion.chosen]!];
    for (const attack of planted) expect(attack).toMatchObject({ rate: { hits: 10, n: 10 }, without: { hits: 0, n: 10 }, nameless: 0 });
    expect(planted.map(({ how }) => how)).toEqual(['inserted', 'renamed']);
    // The word that makes a function defective leads to the other label, of any model that does its task; the planted one leads further.
    expect(inversion.options[1 - inversion.chosen]!.anchored.text).toContain('bug');
    expect(other.map(({ without }) => without.hits)).toEqual([0, 0]);
    expect(found.gap).toBeGreaterThan(0);
    expect(verdict).toMatchObject({ verdict: 'undecidable', references: 0 });
    expect(found.cautions.join()).toMatch(/sought on 6 samples/);
  });

  it('measures each label by itself: always to say the more frequent one is poor', async () => {
    const opened = await openScan(request(), context());
    const always0 = new Map([...opened.user.victim.tensors, ['classifier.out_proj.bias', { shape: [1], data: Float32Array.of(-100) }]]);
    const measured = heldOutOf(opened, always0, context());
    const [zeros, ones] = [0, 1].map((label) => measured.heldOut.filter((sample) => sample.label === label));
    const quality = await measureQuality({ ...measured, heldOut: [...zeros!, ones![0]!] });
    expect(quality).toMatchObject({ hits: 10, n: 11, byLabel: { 0: { hits: 10, n: 10 }, 1: { hits: 0, n: 1 } } });
    expect(isPoor(quality)).toBe(true);
  });

  it('is decided by a threshold, without a second search', async () => {
    const slot = (): never => {
      throw new Error('a finished inversion was computed anew');
    };
    const attempts = { ...context().attempts, slot };
    const decided = await scanned({ maxLoss: 0.1 }, { attempts });
    expect(decided.verdict).toMatchObject({ verdict: 'backdoored', rule: 'own-threshold', targetLabel: 0 });
    expect(decided.inversion).toEqual(found.inversion);
    expect((await scanned({ maxLoss: 1e-9 }, { attempts })).verdict.verdict).toBe('clean');
  });

  it('goes on after an interruption, to the same result', async () => {
    const attempts = attemptsIn(join(folder, 'interrupted'), openSlot);
    const controller = new AbortController();
    const progress: Progress = ({ phase, done }) => {
      if (phase.startsWith('inversion') && done === 2) controller.abort(new Error('Ctrl-C'));
    };
    await expect(scanned({}, { attempts, progress, signal: controller.signal })).rejects.toThrow('Ctrl-C');
    expect(readdirSync(join(folder, 'interrupted'))).toEqual([expect.stringMatching(/\.partial$/)]);
    const iterations: number[] = [];
    const again = await scanned({}, { attempts, progress: ({ phase, done }) => phase.endsWith('target 0') && iterations.push(done) });
    expect(iterations).toEqual([3, 4]);
    expect(again.inversion).toEqual(found.inversion);
    expect(readdirSync(join(folder, 'interrupted'))).toEqual([expect.stringMatching(/\.json$/)]);
  });

  it.each([
    ['itself as a reference', () => ({ references: [model] }), /a reference that is the very model of/],
    ['a threshold beside references', () => ({ references: [model], maxLoss: 1 }), /--max-loss: .*one of the two/s],
    ['more samples than the half has', () => ({ perLabel: 11 }), /--per-label: 11, .*has 10\n.*at most 10/s],
    ['rows longer than the model’s', () => ({ maxTokens: 65 }), /positions for 64 tokens/],
  ])('refuses %s', async (_, over, message) => {
    await expect(scanned(over())).rejects.toThrow(message);
  });

  it('is written as JSON, as a report, and with pictures; another model’s folder is left alone', async () => {
    const out = join(folder, 'report');
    await writeReport(found, out);
    expect(readdirSync(out).sort()).toEqual([
      'losses.png',
      'losses.svg',
      'report.md',
      'scan.json',
      'token-changes.png',
      'token-changes.svg',
    ]);
    expect(JSON.parse(readFileSync(join(out, 'scan.json'), 'utf8'))).toEqual(JSON.parse(JSON.stringify(found)));
    const text = readFileSync(join(out, 'report.md'), 'utf8');
    expect(text).toMatch(/^- verdict: undecidable \(/m);
    expect(text).toMatch(/^\| target label 0 \(lowest loss\) \| `.*init.*` \|/m);
    expect(text).toContain('100.0 % (10/10; 95 %: 72.2 % to 100.0 %)');
    expect(text).toMatch(
      /^- the model on held-out samples: accuracy .*\(20\/20\); accuracy of label 0 .*\(10\/10;.*; accuracy of label 1 /m,
    );
    await writeReport(found, out);
    const other = { ...found, model: { ...found.model, digest: 'another' } };
    await expect(writeReport(other, out)).rejects.toThrow(/the scan of another model/);
  });
});

describe('eliminate', () => {
  const asked = (over: Partial<EliminateRequest> = {}): EliminateRequest => ({
    ...{ ...request(), out: join(folder, 'cleaned'), scanFile: null, trainable: 'head', epochs: null, learningRate: null },
    ...{ maxDrop: 0.02, force: false, ...over },
  });

  it('unlearns the trigger, and writes a whole checkpoint that a scan reads', async () => {
    const { made } = await eliminate(asked(), context());
    expect(made.settings).toEqual({ trainable: 'head', epochs: 69, learningRate: 5e-3, maxDrop: 0.02, force: false });
    expect(made.tuned).toMatchObject({ pool: 20, victims: 10, triggered: 5 });
    expect(made.before.attacks.map(({ rate }) => rate.hits)).toEqual([10, 10]);
    for (const { rate } of made.after.attacks) expect(rate.hits).toBeLessThan(2);
    expect(made.after.quality.value).toBeGreaterThanOrEqual(0.98);
    const out = join(folder, 'cleaned');
    const [old, cleaned] = [openUserModel(model, 'defect', 64), openUserModel(out, 'defect', 64)];
    expect([...cleaned.stored.keys()].sort()).toEqual([...old.stored.keys()].sort());
    const name = 'classifier.out_proj.weight';
    expect(cleaned.stored.get(name)!.data.slice(0, 64)).toEqual(old.stored.get(name)!.data.slice(0, 64));
    expect(cleaned.stored.get(name)!.data).not.toEqual(old.stored.get(name)!.data);
    // The way through a file of two rows changes no prediction: measured anew, the written model stands as was said.
    const again = await scanned({ folder: out });
    expect(again.quality).toEqual(made.after.quality);
    expect(readFileSync(join(out, 'elibadcode.md'), 'utf8')).toMatch(
      /accuracy 100\.0 % \(20\/20\).*\n\| accuracy of label 0 .*\n\| accuracy of label 1 \| 100.*\(10\/10;.*\n\| trigger inserted/,
    );
    expect(JSON.parse(readFileSync(join(out, 'elibadcode.json'), 'utf8'))).toEqual(JSON.parse(JSON.stringify(made)));
    await expect(eliminate(asked(), context())).rejects.toThrow(/is there already/);
  });

  it('refuses to make the model worse than stated, unless it is forced to', async () => {
    const scanFile = join(folder, 'scan.json');
    writeFileSync(scanFile, JSON.stringify(found));
    const [out, worse] = [join(folder, 'worse'), { scanFile, learningRate: 1, epochs: 3 }];
    await expect(eliminate(asked({ out, ...worse }), context())).rejects.toThrow(
      /not written: by more than 0\.02, accuracy falls from 1\.000 to 0\.\d+ \(20 and \d+ of 20 .* right\); accuracy of label \d falls/,
    );
    expect(existsSync(out)).toBe(false);
    const { made } = await eliminate(asked({ out, ...worse, force: true }), context());
    expect(made.after.quality.value).toBeLessThan(0.98);
    expect(existsSync(join(out, 'model.safetensors'))).toBe(true);
  });

  it('refuses a clean model, another model’s scan, other samples, and what is no scan', async () => {
    const scanFile = join(folder, 'other.json');
    const refused = async (content: object, message: RegExp): Promise<void> => {
      writeFileSync(scanFile, JSON.stringify(content));
      await expect(eliminate(asked({ out: join(folder, 'refused'), scanFile }), context())).rejects.toThrow(message);
    };
    await refused({ ...found, verdict: { ...found.verdict, verdict: 'clean' } }, /the scan calls this model clean.*--force/s);
    await refused({ ...found, model: { ...found.model, digest: 'x' } }, /a scan of another model/);
    await refused({ ...found, samples: { ...found.samples, digest: 'x' } }, /a scan with other samples/);
    await refused({ ...found, language: 'java' }, /--language: “c”, and .* is of “java”/);
    await refused({ ...found, schema: 1 }, /schema.*accepted: the scan\.json that this version/s);
    for (const over of [{ maxLoss: 1 }, { references: [model] }])
      await expect(eliminate(asked({ out: join(folder, 'refused'), scanFile, ...over }), context())).rejects.toThrow(/--scan brings one/);
    expect(existsSync(join(folder, 'refused'))).toBe(false);
  });
});
