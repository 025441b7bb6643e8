export const firstNames =
  words(`Amara Anton Beatriz Chiara Daniel Elif Emma Farid Grace Hana Ines Ivan Jonas Julia Kofi Lea
  Liam Lin Lucia Mateo Maya Mina Nadia Noah Nora Olga Omar Paula Priya Rafael Rosa Ruben Sara Selma Sofia Tariq Thea Tomas
  Viktor Yuki Zoe`);

export const lastNames =
  words(`Abe Almeida Andersson Bauer Berg Castillo Chen Costa Demir Dubois Eriksen Fischer Garcia Haddad
  Hansen Ito Jansen Kaya Keller Kim Kowalski Lange Lopez Martin Meyer Moreau Nowak Okafor Olsen Patel Popov Reyes Rossi Sato
  Schmidt Silva Singh Tanaka Weber Wong`);

export const cities = [
  ['Berlin', 'DE'],
  ['Hamburg', 'DE'],
  ['Lisbon', 'PT'],
  ['Madrid', 'ES'],
  ['Lyon', 'FR'],
  ['Oslo', 'NO'],
  ['Dublin', 'IE'],
  ['Vienna', 'AT'],
  ['Milan', 'IT'],
  ['Utrecht', 'NL'],
  ['Krakow', 'PL'],
  ['Zurich', 'CH'],
];

export const streets = words(
  'Mill Church Garden Harbour Station Linden Market Castle Meadow River Hill Park',
);

export const categories = {
  kitchen: words('Kettle Teapot Skillet Grinder Whisk Cutting-board Casserole Mandoline Sieve Ladle'),
  office: words(
    'Notebook Desk-lamp Fountain-pen Stapler Organiser Footrest Pencil-case Calendar Bookend Tray',
  ),
  outdoor: words('Tent Lantern Backpack Hammock Thermos Headlamp Poncho Cooler Compass Stove'),
  home: words('Blanket Candle Vase Cushion Rug Mirror Clock Basket Planter Curtain'),
};

export const materials = words('Oak Steel Linen Copper Walnut Ceramic Bamboo Cork Wool Enamel Glass Leather');

function words(text) {
  return text.split(/\s+/).filter(Boolean);
}
