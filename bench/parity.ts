/**
 * Prints the largest relative error of every golden entry as a Markdown table a backbone.
 * usage: npx tsx bench/parity.ts [cpu|webgpu|cuda]     (GOLDEN_DIR: the golden vectors' folder, default ../shared/golden)
 */
import { openEngine, type EngineOptions } from '../src/engine/index.ts';
import { goldenFolder } from '../src/testing/folders.ts';
import { backbones, loadGolden } from '../src/testing/golden.ts';
import { boundOf, measureParity } from '../src/testing/parity.ts';

const device = (process.argv[2] ?? 'cpu') as EngineOptions['device'];
const engine = await openEngine({ device, engine: 'traced' });
console.log(`Largest relative error, max|ours − PyTorch| / max|PyTorch|, ${engine.device}.`);
let compared = 0;
for (const backbone of backbones) {
  const found = goldenFolder(backbone);
  if ('absentBecause' in found) {
    console.log(`\n${backbone}: not compared, ${found.absentBecause}`);
    continue;
  }
  const measured = await measureParity(engine, loadGolden(backbone, found.path));
  console.log(`\n${backbone}:\n\n| entry | error | bound |\n| --- | --- | --- |`);
  for (const { entry, error } of measured) console.log(`| ${entry} | ${error === 0 ? '0' : error.toExponential(1)} | ${boundOf(entry)} |`);
  if (measured.some(({ entry, error }) => !(error <= boundOf(entry)))) process.exitCode = 1;
  compared += measured.length;
}
await engine.close();
if (compared === 0) throw new Error('no golden vectors of any backbone');
