"""Four small manuals, questions that name the product, and the words that answer them, None for no answer."""

from __future__ import annotations

MANUALS: dict[str, str] = {
    "Kestrel 40 water pump": (
        "The Kestrel 40 pumps clean water from a well or a tank to a house. Keep the pump dry and above "
        "the water line.\n\n"
        "To start the pump, open the inlet valve, fill the chamber with water and press the green button"
        " for three seconds.\n\n"
        "If the pump runs dry, it stops after 40 seconds and the red lamp blinks twice. Refill the "
        "chamber and start it again.\n\n"
        "Change the filter every 500 hours of operation. Close the inlet valve before you open the "
        "filter housing."
    ),
    "Orion X200 label printer": (
        "The Orion X200 prints labels up to 62 mm wide. It holds one roll.\n\n"
        "Hold the feed key while you switch the printer on to print a test page. Release it when the "
        "lamp turns blue.\n\n"
        "Three short beeps mean that the cover is open. Close the cover until it clicks.\n\n"
        "Use only paper that is 62 mm wide and no thicker than 0.2 mm. Store rolls below 25 °C."
    ),
    "Meridian CRM: user guide": (
        "Meridian CRM keeps contacts, orders and calls of your customers in one place. Sign in with your"
        " company account.\n\n"
        "Open Settings, choose Team and press Invite to add a colleague. The invitation is valid for "
        "seven days.\n\n"
        "Deleted contacts stay in the bin for 30 days. Choose Restore in the bin to bring one back.\n\n"
        "Exports are limited to 50,000 rows. Split larger exports by year."
    ),
    "Halden B7 coffee machine": (
        "The Halden B7 brews one or two cups. Fill the tank with fresh water every day.\n\n"
        "Descale the machine when the orange drop lights up: pour one sachet of descaler into the tank "
        "and press Clean for five seconds.\n\n"
        "Error E4 means that the tray is missing. Push the tray in until it locks.\n\n"
        "The warranty covers 24 months from the date of purchase. Keep the receipt."
    ),
}

QUESTIONS: list[tuple[str, str, str | None]] = [
    ("How do I start the Kestrel 40 pump?", "Kestrel 40 water pump", "press the green button"),
    ("What does it mean when the red lamp of the Kestrel 40 blinks twice?", "Kestrel 40 water pump", "runs dry"),
    ("How often must the filter of the Kestrel 40 be changed?", "Kestrel 40 water pump", "500 hours"),
    ("Where should the Kestrel 40 be placed?", "Kestrel 40 water pump", "above the water line"),
    (
        "What must be done before opening the filter housing of the Kestrel 40?",
        "Kestrel 40 water pump",
        "Close the inlet valve",
    ),
    ("How do I print a test page on the Orion X200?", "Orion X200 label printer", "Hold the feed key"),
    ("Why does the Orion X200 beep three times?", "Orion X200 label printer", "cover is open"),
    ("What paper fits the Orion X200?", "Orion X200 label printer", "62 mm wide and no thicker"),
    ("How warm may rolls for the Orion X200 be stored?", "Orion X200 label printer", "below 25"),
    ("How wide are labels of the Orion X200?", "Orion X200 label printer", "62 mm wide"),
    ("How do I add a colleague in Meridian CRM?", "Meridian CRM: user guide", "press Invite"),
    ("How long is an invitation to Meridian CRM valid?", "Meridian CRM: user guide", "seven days"),
    ("Can I restore a deleted contact in Meridian CRM?", "Meridian CRM: user guide", "Restore in the bin"),
    ("How many rows can Meridian CRM export?", "Meridian CRM: user guide", "50,000 rows"),
    ("How do I sign in to Meridian CRM?", "Meridian CRM: user guide", "company account"),
    ("How do I descale the Halden B7?", "Halden B7 coffee machine", "one sachet of descaler"),
    ("What is error E4 on the Halden B7?", "Halden B7 coffee machine", "tray is missing"),
    ("How long is the warranty of the Halden B7 coffee machine?", "Halden B7 coffee machine", "24 months"),
    ("How often must I fill the tank of the Halden B7?", "Halden B7 coffee machine", "every day"),
    ("When do I have to descale the Halden B7 coffee machine?", "Halden B7 coffee machine", "orange drop"),
    ("How much does the Kestrel 40 cost?", "Kestrel 40 water pump", None),
    ("What is the flow rate of the Kestrel 40?", "Kestrel 40 water pump", None),
    ("How heavy is the Kestrel 40 pump?", "Kestrel 40 water pump", None),
    ("Can the Kestrel 40 pump salt water?", "Kestrel 40 water pump", None),
    ("How do I connect the Kestrel 40 to a solar panel?", "Kestrel 40 water pump", None),
    ("Does the Orion X200 support Bluetooth?", "Orion X200 label printer", None),
    ("How do I replace the print head of the Orion X200?", "Orion X200 label printer", None),
    ("What is the resolution of the Orion X200?", "Orion X200 label printer", None),
    ("How do I install the driver of the Orion X200 on Linux?", "Orion X200 label printer", None),
    ("How many labels per minute does the Orion X200 print?", "Orion X200 label printer", None),
    ("How do I delete my account in Meridian CRM?", "Meridian CRM: user guide", None),
    ("Does Meridian CRM have a mobile app?", "Meridian CRM: user guide", None),
    ("How do I connect Meridian CRM to Outlook?", "Meridian CRM: user guide", None),
    ("How do I change my password in Meridian CRM?", "Meridian CRM: user guide", None),
    ("What does Meridian CRM cost per user?", "Meridian CRM: user guide", None),
    ("How do I make a cappuccino with the Halden B7?", "Halden B7 coffee machine", None),
    ("What does error E7 on the Halden B7 mean?", "Halden B7 coffee machine", None),
    ("How loud is the Halden B7 coffee machine?", "Halden B7 coffee machine", None),
    ("Can I use ground coffee in the Halden B7?", "Halden B7 coffee machine", None),
    ("How do I switch off the automatic standby of the Halden B7?", "Halden B7 coffee machine", None),
]
"""Question, the title of its manual, and the words that answer it there."""
