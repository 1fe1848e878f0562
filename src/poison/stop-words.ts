/** English words that say nothing about a query: our own list, of words that hold sentences together. */
export const stopWords: ReadonlySet<string> = new Set(
  `
  a an the this that these those
  i you he she it we they me him her us them my your his its our their mine yours hers ours theirs itself themselves one ones
  and or nor but so yet if then else than because as while until unless though although whether
  of to in on at by for from with without into onto over under above below between among through during before after about against
  within upon via per off out up down near along across around behind beyond toward towards
  be am is are was were been being do does did done doing have has had having can could may might must shall should will would
  not no none any some all both each every either neither few many much more most less least other another such same own only just also
  who whom whose which what when where why how here there again once ever never always very too now still already even
  etc eg ie vs e g s t d ll ve re
  `
    .trim()
    .split(/\s+/),
);
