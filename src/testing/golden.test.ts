/** The golden folders hold what their README.json says, and the loader refuses what is not there. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { dataFolder, goldenFolder } from './folders.ts';
import { backbones, describeGolden } from './golden.ts';
import './matchers.ts';
import { temporaryFolder } from './temporary-folder.ts';

describe.each(backbones)('golden %s', (backbone) => {
  describeGolden(backbone, 'files', (golden) => {
    it('have the entries and shapes of README.json', () => {
      const readme = JSON.parse(readFileSync(join(golden.folder, 'README.json'), 'utf8')) as {
        entries: Record<string, { shape: number[] }>;
      };
      expect([...golden.names].sort()).toEqual(Object.keys(readme.entries).sort());
      for (const [name, { shape }] of Object.entries(readme.entries)) {
        const isIds = /(^|\.)(ids2?|labels|mask|positions|stamped_ids)$/.test(name);
        expect((isIds ? golden.ids(name) : golden.floats(name)).shape).toEqual(shape);
      }
      expect(golden.names.length).toBeGreaterThan(20);
    });

    it('are numbers as PyTorch wrote them: probabilities are the logits through a sigmoid', () => {
      const sigmoid = Float32Array.from(golden.floats('defect.logit').data, (logit) => 1 / (1 + Math.exp(-logit)));
      expect(golden.floats('defect.prob').data).toBeAllclose(sigmoid);
      const output = backbone === 'gpt-bigcode' ? 'score' : 'out_proj';
      expect(golden.weights.get(`head.defect.${output}.weight`)!.shape[0]).toBe(1);
    });

    it('have no other names', () => {
      expect(() => golden.floats('defect.logits')).toThrow('no golden entry defect.logits');
      expect(() => golden.floats('ids')).toThrow('not F32');
      expect(() => golden.ids('vector')).toThrow('not I32');
    });
  });
});

describe('folders', () => {
  it('asked for by name are used or refused', () => {
    const folder = temporaryFolder();
    vi.stubEnv('GOLDEN_DIR', folder);
    expect(() => goldenFolder('roberta')).toThrow('neither roberta nor t5 nor gpt-bigcode');
    mkdirSync(join(folder, 'roberta'));
    expect(goldenFolder('roberta')).toEqual({ path: join(folder, 'roberta') });
    expect(goldenFolder('t5')).toEqual({ absentBecause: 'no t5 in GOLDEN_DIR' });
    vi.stubEnv('GOLDEN_DIR', join(folder, 'none'));
    expect(() => goldenFolder('roberta')).toThrow('GOLDEN_DIR: no folder');
    vi.stubEnv('ELIBADCODE_DATA', folder);
    expect(dataFolder('roberta')).toEqual({ path: join(folder, 'roberta') });
    expect(dataFolder('no-such-data')).toHaveProperty('absentBecause');
    vi.unstubAllEnvs();
  });
});
