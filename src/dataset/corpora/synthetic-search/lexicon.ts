/** Things and fields: the words of queries on the left, the words of code on the right, no word on both sides. */
import type { Field, Kind, Thing } from './action.ts';

const thing = (query: string, code: string): Thing => ({ query: forms(query), code: forms(code) });

/** `people/person members/member`: plural and singular; a blank within a form is written `_`. */
function forms(text: string): [string, string][] {
  return text.split(' ').map((form) => {
    const [plural, singular] = form.split('/').map((word) => word.replaceAll('_', ' '));
    return [plural!, singular!];
  });
}

const field = (query: string, code: string): Field => ({ query: query.split(' '), code: code.split(' ') });

export const things: Readonly<Record<Kind, Readonly<Record<string, Thing>>>> = {
  list: {
    person: thing('people/person members/member guests/guest', 'users/user folks/folk'),
    order: thing('orders/order purchases/purchase', 'sales/sale deals/deal'),
    book: thing('books/book novels/novel', 'volumes/volume tomes/tome'),
    vehicle: thing('cars/car vehicles/vehicle', 'autos/auto trucks/truck'),
    city: thing('cities/city towns/town', 'places/place spots/spot'),
    measurement: thing('measurements/measurement readings/reading', 'samples/sample probes/probe'),
    employee: thing('employees/employee workers/worker', 'hires/hire agents/agent'),
    product: thing('products/product articles/article', 'wares/ware skus/sku'),
    animal: thing('animals/animal pets/pet', 'beasts/beast cats/cat'),
    song: thing('songs/song tunes/tune', 'tracks/track audios/audio'),
    student: thing('students/student pupils/pupil', 'learners/learner kids/kid'),
    task: thing('tasks/task chores/chore', 'jobs/job todos/todo'),
    message: thing('messages/message mails/mail', 'posts/post notes/note'),
    country: thing('countries/country nations/nation', 'states/state regions/region'),
    journey: thing('journeys/journey flights/flight', 'trips/trip routes/route'),
    game: thing('games/game matches/match', 'rounds/round bouts/bout'),
    document: thing('files/file documents/document', 'papers/paper binders/binder'),
    picture: thing('pictures/picture photos/photo', 'images/image shots/shot'),
    machine: thing('machines/machine servers/server', 'hosts/host nodes/node'),
    customer: thing('customers/customer buyers/buyer', 'clients/client payers/payer'),
  },
  text: {
    sentence: thing('sentences/sentence phrases/phrase', 'clauses/clause'),
    title: thing('titles/title headings/heading', 'captions/caption headers/header'),
    comment: thing('comments/comment remarks/remark', 'memos/memo'),
    password: thing('passwords/password secrets/secret', 'tokens/token pwds/pwd'),
    address: thing('addresses/address streets/street', 'addrs/addr'),
    paragraph: thing('paragraphs/paragraph passages/passage', 'blocks/block sections/section'),
    alias: thing('aliases/alias nicknames/nickname', 'nicks/nick labels/label'),
    review: thing('reviews/review opinions/opinion', 'feedbacks/feedback bodies/body'),
    record: thing('log_records/log_record log_file_entries/log_file_entry', 'traces/trace recs/rec'),
    question: thing('questions/question requests/request', 'asks/ask prompts/prompt'),
  },
  path: {
    settings: thing('settings/settings configuration/configuration', 'cfg/cfg conf/conf'),
    report: thing('reports/report summaries/summary', 'overview/overview digest/digest'),
    diary: thing('diaries/diary journals/journal', 'daybook/daybook chronicle/chronicle'),
    catalogue: thing('catalogues/catalogue inventories/inventory', 'stock/stock listing/listing'),
    backup: thing('backups/backup archives/archive', 'dump/dump bak/bak'),
    recipe: thing('recipes/recipe menus/menu', 'dish/dish meal/meal'),
    invoice: thing('invoices/invoice bills/bill', 'receipt/receipt dues/dues'),
    schedule: thing('schedules/schedule timetables/timetable', 'plan/plan agenda/agenda'),
    transcript: thing('transcripts/transcript protocols/protocol', 'minutes/minutes script/script'),
    map: thing('maps/map charts/chart', 'atlas/atlas grid/grid'),
    contract: thing('contracts/contract agreements/agreement', 'deed/deed terms/terms'),
    lecture: thing('lectures/lecture lessons/lesson', 'talk/talk course/course'),
  },
  mapping: {
    stock: thing('prices/price costs/cost', 'fees/fee rates/rate'),
    score: thing('scores/score grades/grade', 'points/point marks/mark'),
    translation: thing('translations/translation meanings/meaning', 'glosses/gloss senses/sense'),
    option: thing('options/option preferences/preference', 'flags/flag switches/switch'),
    age: thing('ages/age birthdays/birthday', 'years/year dobs/dob'),
    capital: thing('capitals/capital seats/seat', 'hubs/hub centres/centre'),
    vote: thing('votes/vote ballots/ballot', 'polls/poll picks/pick'),
    phone: thing('telephones/telephone contacts/contact', 'dials/dial lines/line'),
    quantity: thing('quantities/quantity supplies/supply', 'stocks/stock units/unit'),
    colour: thing('colours/colour shades/shade', 'hues/hue tints/tint'),
  },
};

export const fields: Readonly<Record<string, Field>> = {
  price: field('price cost', 'amount fee'),
  age: field('age lifetime', 'years old'),
  weight: field('weight heaviness', 'kg mass'),
  height: field('height tallness', 'cm tall'),
  date: field('date day', 'when stamp'),
  grade: field('score grade', 'points mark'),
  owner: field('owner holder', 'keeper who'),
  extent: field('size extent', 'area span'),
  importance: field('importance priority', 'level prio'),
  speed: field('speed pace', 'kmh rate'),
  colour: field('colour shade', 'hue tint'),
  temperature: field('temperature heat', 'degrees temp'),
};
