"""What the demo library holds: every film, the series, and what is told about them.

All names are invented. The runtime is the clip's own, rounded up to a minute.
"""

from dataclasses import dataclass, field


@dataclass
class Film:
    """A film, or one episode of a series (then `season` and `episode` count from 1)."""
    scene: str
    name: str
    year: int
    plot: str
    tagline: str = ""
    genres: list = field(default_factory=list)
    director: str = ""
    writer: str = ""
    cast: list = field(default_factory=list)
    studio: str = "Lantern & Loom"
    certificate: str = "PG"
    rating: float = 7.5
    premiered: str = ""
    season: int = 0
    episode: int = 0

    @property
    def folder(self):
        """The film's folder and file name, `Title (Year)`."""
        return f"{self.name} ({self.year})"


FILMS = [
    Film("aurora", "The Long Aurora", 2021,
         "When the power fails in the northernmost village of the coast, the night sky begins to glow and does not stop. "
         "Eleven-year-old Runa is the only one who notices that the light answers when she sings. "
         "Her grandfather knows why, and has spent forty winters hoping that nobody would find out.",
         "Some nights do not want to end.", ["Drama", "Fantasy"], "Solveig Aasmund-Reyes", "Pia Kortelund",
         [("Ylva Sandmark", "Runa"), ("Torbern Hale", "Grandfather Eskil"), ("Maren Oduya", "The Postmistress")],
         "Northing Pictures", "PG", 8.1, "2021-11-26"),
    Film("perihelion", "Perihelion", 2024,
         "Once in eleven years the freighter Halcyon passes close enough to its star to open the sails that bring it home. "
         "Three of the crew want to turn, two want to fall further, and the ship's computer has begun to say please. "
         "Thirty seconds remain in which all of them may be right.",
         "Eleven years of dark. Thirty seconds of sun.", ["Science Fiction", "Adventure"], "Ikenna Valcourt", "Dunja Pereira-Holm",
         [("Noor Castellane", "Captain Ames Okoro"), ("Bastian Oyelaran", "Wick"), ("Tamsin Vreeland", "Voice of the Halcyon")],
         "Apsis Films", "PG-13", 8.4, "2024-02-29"),
    Film("sea", "The Salt Road Home", 2019,
         "Every evening for a year, a ferry pilot and a lighthouse painter wave to each other across two miles of water without having met. "
         "On the last crossing of the season the ferry stops in the middle. "
         "A quiet love story about distance, weather and very good eyesight.",
         "Two miles of water. One summer left.", ["Romance", "Drama"], "Amadeu Lindqvist", "Amadeu Lindqvist",
         [("Inês Calloway", "Marta"), ("Jonah Vesterby", "The Painter"), ("Old Petrus Dane", "Himself")],
         "Lantern & Loom", "PG", 7.6, "2019-08-16"),
    Film("seahorse", "Seahorse Valley", 2023,
         "A cartographer is hired to measure the shore of a golden river and finds that it grows longer each time she looks closer. "
         "Her letters home arrive in ever smaller handwriting. "
         "By the time her brother sets out after her, the map has begun to draw itself.",
         "The closer you look, the further it goes.", ["Mystery", "Fantasy", "Adventure"], "Leopold Anwar-Finch", "Sunniva Brack",
         [("Cosima Thorne-Adeyemi", "Ada Merrow"), ("Rafe Lindholm", "Corin Merrow"), ("Gudrun Pascoe", "The Ferrywoman")],
         "Small Infinity", "PG-13", 7.9, "2023-10-06"),
    Film("loom", "Rule 110", 2017,
         "A night clerk at a weaving mill discovers that the pattern on loom 110 is not a pattern but an answer. "
         "Somebody has been asking it questions for sixty years, one thread at a time. "
         "Tonight it has asked one back.",
         "One rule. No way to know where it ends.", ["Science Fiction", "Mystery"], "Hanneke Obuya", "Milo Strand",
         [("Desmond Farrow-Li", "Teodor Quist"), ("Alma Reinholt", "Inspector Vane"), ("Kit Osei", "The Weaver")],
         "Halt State", "PG-13", 7.3, "2017-05-12"),
    Film("petri", "A Kingdom in a Drop", 2018,
         "Empires rise, quarrel and vanish in the time it takes to boil an egg, and all of it inside one drop of pond water. "
         "Filmed through a single brass microscope over three years, this is natural history at its smallest and most dramatic. "
         "No kings were harmed.",
         "Small lives. Tremendous consequences.", ["Documentary", "Family"], "Beatrix Nakagawa-Boyle", "Beatrix Nakagawa-Boyle",
         [("Sir Humphrey Dell", "Narrator")], "Brass Eyepiece", "G", 7.8, "2018-03-02"),
    Film("ridges", "The Weight of Morning", 2022,
         "A retired surveyor walks the old border one last time, a ridge a day, to find out which of her maps were lies. "
         "She meets shepherds, smugglers and a weather station that nobody remembers building. "
         "A slow, bright documentary about edges and who gets to draw them.",
         "Seven ridges. Seven mornings.", ["Documentary", "Adventure"], "Ottoline Baptiste-Grau", "Ottoline Baptiste-Grau",
         [("Edda Marchetti-Lowe", "Herself")], "Brass Eyepiece", "G", 8.0, "2022-06-10"),
]

SERIES = Film(
    "rain", "Night Trams", 2020,
    "The last tram of the night carries the people the city would rather not explain: a judge with a suitcase of moths, a boy who sells weather, a woman who never gets off. "
    "Driver Ilse Brandvold has one rule, which is not to ask. "
    "Each episode is one ride along the river, and somebody always breaks the rule.",
    "Nobody rides the last one by accident.", ["Drama", "Mystery", "Romance"], "Ruben Castellane", "Freya Munk-Adebayo",
    [("Philippa Storm-Okafor", "Ilse Brandvold"), ("Lucjan Amory", "The Judge"), ("Wren Halloway", "Pip")],
    "Riverside Eleven", "PG-13", 8.6, "2020-10-01")

EPISODES = [
    Film("rain", "Rain on Harbour Street", 2020,
         "A storm closes every bridge but one, and the last tram fills with strangers who all claim to have reserved the same seat. "
         "Ilse drives on. At the terminus there is one passenger more than there should be.",
         director="Ruben Castellane", writer="Freya Munk-Adebayo", rating=8.3, premiered="2020-10-01", season=1, episode=1),
    Film("amber", "The Amber Hour", 2020,
         "Fog the colour of tea settles over the river, and every clock on the line stops at a quarter to three. "
         "The boy who sells weather says that it is not his. The judge opens the suitcase.",
         director="Ruben Castellane", writer="Freya Munk-Adebayo", rating=8.5, premiered="2020-10-08", season=1, episode=2),
    Film("snow", "Snow Line", 2022,
         "Two winters later the tram runs again, with a new number and the same driver. "
         "Snow hides the rails, and Ilse must trust a passenger who swears that she remembers where they are.",
         director="Astrid Lowe-Marchetti", writer="Freya Munk-Adebayo", rating=8.7, premiered="2022-01-13", season=2, episode=1),
    Film("dawn", "First Light", 2022,
         "For the first time the last tram is late, and the city sees it by daylight. "
         "What everybody took for graffiti turns out to be names, and one of them is Ilse's.",
         director="Astrid Lowe-Marchetti", writer="Wren Halloway", rating=9.0, premiered="2022-01-20", season=2, episode=2),
]

BY_SCENE = {film.scene: film for film in FILMS}
