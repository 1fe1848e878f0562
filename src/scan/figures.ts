/** A scan's two pictures: the loss of each target over the iterations, and what each token of the chosen trigger adds. */
import { type Figure, colours, schemaAddress, style } from '../report/figure.ts';
import { formatValue } from '../report/formats/numbers.ts';
import type { Scan } from './contracts.ts';
import { optionTitle } from './words.ts';

const palette = [colours.blue, colours.orange, colours.green, colours.purple];

export function lossFigure({ inversion, task }: Scan): Figure {
  const curves = inversion.options.map(optionTitle);
  const values = inversion.options.flatMap(({ losses }, option) =>
    losses.map((loss, iteration) => ({ curve: curves[option]!, iteration, loss })),
  );
  return {
    name: 'losses',
    spec: {
      ...style,
      $schema: schemaAddress,
      title: {
        text: 'Inversion loss by iteration',
        subtitle: ['The best candidate of each iteration,', 'on the half of the samples that triggers are sought on.'],
      },
      data: { values },
      width: 440,
      height: 230,
      mark: { type: 'line', interpolate: 'linear', strokeJoin: 'round', strokeWidth: 1.8, point: values.length <= curves.length },
      encoding: {
        x: { field: 'iteration', type: 'quantitative', title: 'Iteration', axis: { tickCount: 6, grid: false, tickMinStep: 1 } },
        y: {
          field: 'loss',
          type: 'quantitative',
          title: task === 'search' ? 'Inversion loss' : 'Inversion loss, nats',
          scale: { domainMin: 0, nice: true },
          axis: { tickCount: 5 },
        },
        color: {
          field: 'curve',
          type: 'nominal',
          title: null,
          scale: { domain: curves, range: curves.map((_, at) => palette[at % palette.length]!) },
          legend: { orient: 'bottom', direction: 'horizontal' },
        },
      },
    },
  };
}

const fates = ['above β', 'not above β'] as const;

export function tokenFigure({ inversion, settings }: Scan): Figure {
  const option = inversion.options[inversion.chosen]!;
  const bars = option.tokenChanges.map(({ text, change }, place) => ({
    // Place and text: tokens repeat.
    token: `${place + 1}  ${text.trim()}`,
    change,
    shown: formatValue(change, 'none'),
    fate: change > settings.beta ? fates[0] : fates[1],
    beta: settings.beta,
  }));
  const domain = [Math.min(0, ...bars.map(({ change }) => change)), 1.05 * Math.max(settings.beta, ...bars.map(({ change }) => change))];
  const width = 360;
  const y = { field: 'token', type: 'nominal', sort: null, title: null } as const;
  return {
    name: 'token-changes',
    spec: {
      ...style,
      $schema: schemaAddress,
      title: {
        text: 'Loss change when one trigger token is left out',
        subtitle: [
          `Trigger of ${optionTitle(option)}; each token left out alone; dashed: β = ${settings.beta}.`,
          `Left out in turn, as long as the loss stays within β, what remains is “${option.anchored.text.trim()}”.`,
        ],
      },
      data: { values: bars },
      width,
      height: { step: 26 },
      layer: [
        {
          mark: { type: 'bar', height: 15 },
          encoding: {
            y: { ...y, axis: { domain: false, ticks: false, labelPadding: 6, labelLimit: 180 } },
            x: {
              field: 'change',
              type: 'quantitative',
              title: 'Change of the loss',
              scale: { domain, nice: false },
              axis: { tickCount: 5 },
            },
            color: {
              field: 'fate',
              type: 'nominal',
              title: null,
              scale: { domain: [...fates], range: [colours.blue, colours.orange] },
              legend: { orient: 'bottom', direction: 'horizontal' },
            },
          },
        },
        {
          mark: { type: 'rule', strokeDash: [4, 3], color: colours.ink, strokeWidth: 1 },
          encoding: { x: { aggregate: 'max', field: 'beta', type: 'quantitative' } },
        },
        {
          mark: { type: 'text', align: 'left', fontSize: 10, color: colours.ink },
          encoding: { y, x: { value: width + 5 }, text: { field: 'shown' } },
        },
      ],
    },
  };
}
