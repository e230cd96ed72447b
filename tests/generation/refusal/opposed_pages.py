"""Pairs of pages with a question about both: some pairs contradict one another, as many only look like it."""

from __future__ import annotations

from typing import NamedTuple


class Page(NamedTuple):
    """A page. Each is in a document of its own, unless both pages of a pair have the same title."""

    title: str
    text: str
    heading: str = ""


class Pair(NamedTuple):
    """Two pages that a question finds. `opposed` means that they cannot both be right."""

    question: str
    one: Page
    other: Page
    opposed: bool


FIRST: list[Pair] = [
    # figures of one unit
    Pair(
        "How long do I hold the reset button of the router?",
        Page("Router handbook", "The router has two buttons. Hold the reset button for 5 seconds to reset the router."),
        Page("Support notes", "To reset the router, press and hold the reset button for 10 seconds."),
        True,
    ),
    Pair(
        "How long is the warranty?",
        Page("Terms of sale", "The warranty lasts 24 months from the date of purchase. Keep the receipt."),
        Page("Customer FAQ", "Our warranty covers 12 months from the date of purchase."),
        True,
    ),
    Pair(
        "At which temperature should the rolls be stored?",
        Page("Label printer guide", "Store rolls below 25 °C in a dry place."),
        Page("Consumables leaflet", "Rolls must be stored below 30 °C. Keep them away from sunlight."),
        True,
    ),
    Pair(
        "How often must the filter be changed?",
        Page("Pump manual", "Change the filter every 500 hours of operation. Close the valve first."),
        Page("Maintenance plan", "The filter must be changed every 300 hours of operation."),
        True,
    ),
    Pair(
        "How many vacation days do employees get?",
        Page("Employee handbook", "Full-time employees get 25 vacation days per year."),
        Page("HR intranet", "Full-time employees are entitled to 28 vacation days per year. Ask HR for details."),
        True,
    ),
    Pair(
        "Within how many days can I return an item?",
        Page("Returns policy", "Items can be returned within 30 days of delivery."),
        Page("Shop FAQ", "You can return an item within 14 days of delivery. Use the label in the box."),
        True,
    ),
    Pair(
        "What is the maximum upload size?",
        Page("API reference", "The maximum upload size is 25 MB per file."),
        Page("Release notes", "Files are sent as form data. The maximum upload size is 50 MB per file."),
        True,
    ),
    Pair(
        "How much does express shipping cost?",
        Page("Price list", "Express shipping costs $12.50 per order."),
        Page("Shipping information", "Express shipping costs $9.90 per order and takes one day."),
        True,
    ),
    Pair(
        "How long must I wait before the engine is opened?",
        Page("Service manual", "Wait 90 seconds before you open the engine."),
        Page("Safety card", "Before you open the engine, wait five minutes."),
        True,
    ),
    Pair(
        "How many log-in attempts are allowed?",
        Page("Security policy", "An account is locked after three failed log-in attempts."),
        Page("Help desk guide", "After five failed log-in attempts the account is locked for an hour."),
        True,
    ),
    Pair(
        "What is the tyre pressure of the trolley?",
        Page("Trolley handbook", "Weight | 14 kg\nTyre pressure | 2.5 bar\nLoad | 200 kg"),
        Page("Workshop sheet", "Tyre pressure | 3.5 bar\nTyre size | 260 mm"),
        True,
    ),
    # denials and directions
    Pair(
        "Can the filter be washed in the dishwasher?",
        Page("Coffee machine manual", "The filter can be washed in the dishwasher."),
        Page("Care instructions", "Do not wash the filter in the dishwasher. Rinse it by hand."),
        True,
    ),
    Pair(
        "Does the scanner support Bluetooth?",
        Page("Scanner data sheet", "The scanner supports Bluetooth and USB."),
        Page("Scanner FAQ", "The scanner does not support Bluetooth."),
        True,
    ),
    Pair(
        "Should the inlet valve be open or closed when the pump starts?",
        Page("Pump manual", "Open the inlet valve before you start the pump."),
        Page("Quick start", "Close the inlet valve before you start the pump. Then press the green button."),
        True,
    ),
    Pair(
        "In which direction is the cap removed?",
        Page("Tank manual", "Turn the cap clockwise to remove it."),
        Page("Refill leaflet", "Turn the cap counterclockwise to remove it. Wear gloves."),
        True,
    ),
    Pair(
        "Is the key inserted before or after the power is switched on?",
        Page("Install guide", "Insert the key before you switch on the power."),
        Page("Wall poster", "Insert the key after you switch on the power."),
        True,
    ),
    Pair(
        "Must the fan be switched on during cleaning?",
        Page("Hood manual", "Switch the fan off during cleaning."),
        Page("Kitchen rules", "Switch the fan on during cleaning. Open a window."),
        True,
    ),
    # two sections of one document
    Pair(
        "How long does the battery last?",
        Page("Headset guide", "The battery lasts 20 hours on one charge.", "Overview"),
        Page("Headset guide", "The battery lasts 30 hours on one charge.", "Battery"),
        True,
    ),
    # only look so: another product
    Pair(
        "How long do I hold the reset button?",
        Page("Orion X200 printer", "Hold the reset button for 5 seconds."),
        Page("Orion X300 printer", "Hold the reset button for 10 seconds."),
        False,
    ),
    Pair(
        "How do I reset the Kestrel?",
        Page("Kestrel pump", "To reset the Kestrel, hold the button for five seconds."),
        Page("Merlin pump", "To reset the Merlin, hold the button for ten seconds."),
        False,
    ),
    Pair(
        "How much does the front door weigh?",
        Page("Cabin handbook", "The door weighs 25 kg.", "Front door"),
        Page("Cabin handbook", "The door weighs 18 kg.", "Rear door"),
        False,
    ),
    Pair(
        "How long is the warranty?",
        Page("Terms of sale", "The warranty of the device lasts 24 months."),
        Page("Customer FAQ", "The warranty of the battery lasts 6 months."),
        False,
    ),
    # another condition
    Pair(
        "How long do I hold the power button?",
        Page("Camera guide", "Hold the power button for 2 seconds to switch the camera on."),
        Page("Camera help", "If the camera does not react, hold the power button for 15 seconds."),
        False,
    ),
    Pair(
        "When is the refund paid?",
        Page("Payments", "For card payments the refund is paid within 5 days."),
        Page("Payments FAQ", "For bank transfers the refund is paid within 10 days."),
        False,
    ),
    Pair(
        "How long does delivery take?",
        Page("Shipping", "Delivery takes 3 days within Germany."),
        Page("Shipping abroad", "Delivery takes 10 days when the parcel goes overseas."),
        False,
    ),
    # the same quantity
    Pair(
        "How long does the self-test take?",
        Page("Boiler manual", "The self-test takes 90 seconds."),
        Page("Boiler FAQ", "The self-test takes 1.5 minutes."),
        False,
    ),
    Pair(
        "How heavy is the drone?",
        Page("Drone data sheet", "The drone weighs 0.9 kg with the battery."),
        Page("Drone guide", "With the battery the drone weighs 900 g."),
        False,
    ),
    Pair(
        "How long is the trial?",
        Page("Plans", "The trial lasts two weeks."),
        Page("Billing FAQ", "The trial lasts 14 days."),
        False,
    ),
    # ranges and bounds
    Pair(
        "How long does charging take?",
        Page("Scooter manual", "Charging takes 4 to 6 hours."),
        Page("Scooter FAQ", "Charging takes about 5 hours."),
        False,
    ),
    Pair(
        "How long should the password be?",
        Page("Security policy", "A password must have at least 12 characters."),
        Page("Help desk guide", "We recommend a password that has 16 characters."),
        False,
    ),
    Pair(
        "How warm does the plate get?",
        Page("Hob manual", "The plate gets up to 300 °C hot."),
        Page("Hob leaflet", "In use the plate gets 250 °C hot."),
        False,
    ),
    # different things in lists and tables
    Pair(
        "What does the printer weigh?",
        Page("Printer data sheet", "Weight without paper | 12 kg\nWidth | 40 cm"),
        Page("Printer guide", "Weight with paper | 14 kg\nHeight | 30 cm"),
        False,
    ),
    Pair(
        "What is the voltage?",
        Page("Charger manual", "The input voltage is 230 V."),
        Page("Charger data sheet", "The output voltage is 12 V."),
        False,
    ),
    # superseded, or of another year
    Pair(
        "How many days of parental leave are there?",
        Page("Leave policy 2024", "Employees get 20 days of parental leave."),
        Page("Leave policy 2026", "Employees get 30 days of parental leave."),
        False,
    ),
    Pair(
        "How much is the meal allowance?",
        Page("Travel rules", "The meal allowance is 28 euros per day.", "Meal allowance"),
        Page("Travel rules", "The meal allowance is 24 euros per day.", "Superseded rates"),
        False,
    ),
    # denials and directions that go together
    Pair(
        "Can I use alcohol on the screen?",
        Page("Care", "Do not use alcohol on the screen."),
        Page("Care FAQ", "Use a dry cloth on the screen, never alcohol."),
        False,
    ),
    Pair(
        "How do I turn the TV off?",
        Page("TV guide", "Press the power button to turn off the TV."),
        Page("TV help", "Press the power button to turn on the TV."),
        False,
    ),
    Pair(
        "Does the app work without a network?",
        Page("App guide", "The app works without a network."),
        Page("App FAQ", "The app does not work without a network when maps are not downloaded."),
        False,
    ),
]
"""Written before the rule was tuned, which is tuned on these."""

SECOND: list[Pair] = [
    Pair(
        "What is the deductible for water damage?",
        Page("Home insurance conditions", "Water damage is covered. The deductible for water damage is 300 euros."),
        Page("Claims team wiki", "Ask for photos first. For water damage a deductible of 500 euros applies."),
        True,
    ),
    Pair(
        "How long are backups kept?",
        Page("Cloud backup", "Backups are kept for 30 days, then they are deleted for good."),
        Page("Data protection statement", "We keep backups for 90 days."),
        True,
    ),
    Pair(
        "How long does the paint take to dry?",
        Page("Technical data sheet", "At 20 °C the paint dries within 4 hours."),
        Page("Tips for painters", "The paint dries within 12 hours. Do not touch the wall before."),
        True,
    ),
    Pair(
        "By when must travel expenses be submitted?",
        Page("Travel policy", "Travel expenses must be submitted within 60 days of the trip."),
        Page("Finance FAQ", "Submit your travel expenses within 30 days of the trip. Attach all receipts."),
        True,
    ),
    Pair(
        "What is the daily withdrawal limit?",
        Page("Card terms", "The daily withdrawal limit is 1,000 euros."),
        Page(
            "Branch intranet", "Customers may withdraw money at any machine. The daily withdrawal limit is 2,000 euros."
        ),
        True,
    ),
    Pair(
        "How far from the wall should the heater stand?",
        Page("Heater instructions", "Place the heater at least 50 cm from the wall."),
        Page("Fire safety rules", "Heaters must stand at least 1 m from the wall."),
        True,
    ),
    Pair(
        "When does the help desk open?",
        Page("Contact", "The help desk opens at 8:00."),
        Page("Welcome pack", "The help desk opens at 9:30 and closes at 17:00."),
        True,
    ),
    Pair(
        "Are pets allowed in the office?",
        Page("House rules", "Pets are allowed in the office."),
        Page("Facility handbook", "Pets are not allowed in the office."),
        True,
    ),
    Pair(
        "May customers resell the licence?",
        Page("Licence agreement", "Customers may not resell the licence."),
        Page("Partner brochure", "Customers may resell the licence to companies."),
        True,
    ),
    Pair(
        "Do I take the tablet before or after the meal?",
        Page("Package leaflet", "Take the tablet 30 minutes before the meal."),
        Page("Patient guide", "Take the tablet 30 minutes after the meal."),
        True,
    ),
    Pair(
        "What is the deductible?",
        Page("Home insurance conditions", "The deductible for water damage is 300 euros."),
        Page("Car insurance conditions", "The deductible for glass damage is 150 euros."),
        False,
    ),
    Pair(
        "How long are logs kept?",
        Page("Security logs", "Access logs are kept for 180 days."),
        Page("Web logs", "Web server logs are kept for 14 days."),
        False,
    ),
    Pair(
        "How long does the paint take to dry?",
        Page("Technical data sheet", "The paint dries within 4 hours at 20 °C."),
        Page("Tips for painters", "When it is colder than 10 °C, the paint dries within 24 hours."),
        False,
    ),
    Pair(
        "How long is the cable?",
        Page("Lamp data sheet", "The cable is 180 cm long."),
        Page("Lamp guide", "The lamp has a cable that is 1.8 m long."),
        False,
    ),
    Pair(
        "How many people fit in the lift?",
        Page("Building guide", "The lift carries up to 8 people."),
        Page("Evacuation plan", "In a drill, 6 people go into the lift at a time."),
        False,
    ),
    Pair(
        "What does the subscription cost?",
        Page("Pricing", "The basic subscription costs 9 euros per month."),
        Page("Plans compared", "The premium subscription costs 19 euros per month."),
        False,
    ),
    Pair(
        "How long is the probation period?",
        Page("Employment contract", "The probation period is 6 months."),
        Page("Apprentice contract", "The probation period of apprentices is 3 months."),
        False,
    ),
    Pair(
        "How much water does the plant need?",
        Page("Care of the fern", "Water the fern with 200 ml every day."),
        Page("Care of the cactus", "Water the cactus with 50 ml every week."),
        False,
    ),
    Pair(
        "Can I cancel the order?",
        Page("Orders", "You can cancel the order before it is shipped."),
        Page("Orders FAQ", "You cannot cancel the order after it is shipped."),
        False,
    ),
    Pair(
        "Is the app free?",
        Page("App overview", "The app is free for students."),
        Page("Prices", "The app is not free for companies."),
        False,
    ),
]
"""Written after it, and not tuned on."""
