"""The manufacturer: customers, suppliers, factories, products, materials and employees, before any business."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dev.sample_data.columns import amounts, ids, pick, strings, whole
from dev.sample_data.plan import Plan

FACTORIES = [
    # city, country, region, time zone
    ("Yokohama", "Japan", "Kanto", "Asia/Tokyo"),
    ("Detroit", "USA", "Michigan", "America/Detroit"),
    ("Stuttgart", "Germany", "Baden-Württemberg", "Europe/Berlin"),
    ("Chennai", "India", "Tamil Nadu", "Asia/Kolkata"),
]
CUSTOMERS = [
    # code, name, country, region, segment
    ("ASAHI-JP", "Asahi Motor Works", "Japan", "Asia-Pacific", "automotive_oem"),
    ("KITA-JP", "Kita Automobile", "Japan", "Asia-Pacific", "automotive_oem"),
    ("MINAMI-JP", "Minami Trucks", "Japan", "Asia-Pacific", "commercial_vehicle"),
    ("LAKES-US", "Great Lakes Vehicles", "USA", "North America", "automotive_oem"),
    ("PRAIRIE-US", "Prairie Trucks", "USA", "North America", "commercial_vehicle"),
    ("NORD-DE", "Nordwagen AG", "Germany", "Europe", "automotive_oem"),
    ("ALPEN-DE", "Alpen Fahrzeuge", "Germany", "Europe", "automotive_oem"),
    ("RHEIN-DE", "Rhein Nutzfahrzeuge", "Germany", "Europe", "commercial_vehicle"),
    ("DECCAN-IN", "Deccan Motors", "India", "Asia-Pacific", "automotive_oem"),
    ("COROM-IN", "Coromandel Vehicles", "India", "Asia-Pacific", "automotive_oem"),
]
PRODUCTS = {
    # category: code and names; an assembly is made of components, the others of raw material
    "suspension": ("SUSP", "Front Suspension Assembly", "Rear Suspension Assembly", "Shock Absorber", "Coil Spring",
                   "Control Arm"),
    "brake": ("BRK", "Brake Caliper Assembly", "Brake Disc", "Brake Pad Set", "Master Cylinder", "ABS Module"),
    "electrical": ("ELEC", "Wiring Harness - Engine", "Wiring Harness - Dashboard", "Alternator", "Starter Motor",
                   "ECU Module"),
    "steering": ("STRG", "Steering Rack Assembly", "Power Steering Pump", "Tie Rod End"),
    "transmission": ("TRAN", "Clutch Assembly", "Gear Set"),
    "engine_components": ("ENG", "Engine Block Assembly", "Cylinder Head", "Piston Assembly", "Crankshaft",
                          "Camshaft"),
    "body_parts": ("BDY", "Door Assembly - Front", "Door Assembly - Rear", "Roof Panel", "Floor Pan Assembly",
                   "Trunk Lid"),
    "exhaust": ("EXH", "Exhaust Manifold", "Catalytic Converter", "Muffler Assembly", "Exhaust Pipe Section",
                "Oxygen Sensor"),
}  # fmt: skip
# A factory has five lines; each makes one or two categories, so that every product can be made anywhere.
LINES = [
    # name, type, categories
    ("Suspension and Steering Assembly", "assembly", ("suspension", "steering")),
    ("Brake Machining", "machining", ("brake",)),
    ("Electrical Assembly", "assembly", ("electrical",)),
    ("Powertrain Machining", "machining", ("engine_components", "transmission")),
    ("Body and Exhaust Welding", "welding", ("body_parts", "exhaust")),
]
MATERIAL_TYPES = [
    # type, group, code, count, lowest and highest standard cost in INR
    ("raw_material", "RAW", "RM", 60, 20, 200),
    ("component", "COMP", "COMP", 70, 5, 60),
    ("finished_good", "FG", "FG", 35, 300, 1800),
    ("consumable", "CONS", "CONS", 20, 5, 80),
    ("packaging", "PKG", "PKG", 15, 4, 60),
]
FIRST_NAMES = ["Aiko", "Amit", "Anna", "Carlos", "Deepa", "Emma", "Hiro", "James", "Jonas", "Kenji", "Lakshmi", "Lena",
               "Maria", "Mike", "Neha", "Paul", "Priya", "Rajesh", "Sarah", "Yuki"]  # fmt: skip
LAST_NAMES = ["Bauer", "Brown", "Fischer", "Garcia", "Gupta", "Iyer", "Johnson", "Kapoor", "Miller", "Nair", "Patel",
              "Sato", "Schmidt", "Smith", "Suzuki", "Tanaka", "Verma", "Weber"]  # fmt: skip
EMPLOYEES_PER_FACTORY = 160
COMPONENTS_PER_PRODUCT = 8
MATERIALS_PER_SUPPLIER = 12

FACTORY = ids("FAC", len(FACTORIES))
WAREHOUSE = ids("WH", len(FACTORIES))  # one per factory
LINE = ids("LINE", len(FACTORIES) * len(LINES))
MACHINE = ids("MCH", len(LINE) * 4)
SENSOR = ids("SNS", len(MACHINE) * 3)
EMPLOYEE = ids("EMP", len(FACTORIES) * EMPLOYEES_PER_FACTORY)
CUSTOMER = ids("CUST", len(CUSTOMERS))
ACCOUNT = ids("ACC", len(CUSTOMERS))  # in CRM and service; the same companies as CUSTOMER
SUPPLIER = ids("SUP", 60)
CARRIER = ids("CAR", 10)
PRODUCT_NAME = strings([name for _, *names in PRODUCTS.values() for name in names])
PRODUCT_CATEGORY = strings([category for category, (_, *names) in PRODUCTS.items() for _ in names])
PRODUCT_CODE = strings([f"{code}-{i:03d}" for code, *names in PRODUCTS.values() for i in range(1, len(names) + 1)])
PRODUCT = ids("PROD", len(PRODUCT_NAME))
MATERIAL_TYPE = np.repeat(strings([kind for kind, *_ in MATERIAL_TYPES]), [row[3] for row in MATERIAL_TYPES])
MATERIAL = ids("MAT", len(MATERIAL_TYPE))
FINISHED_GOODS = np.flatnonzero(MATERIAL_TYPE == "finished_good")  # in the order of PRODUCT
BOUGHT = np.flatnonzero(MATERIAL_TYPE != "finished_good")
BUILT_IN = np.flatnonzero((MATERIAL_TYPE == "raw_material") | (MATERIAL_TYPE == "component"))

LINE_FACTORY = np.arange(len(LINE)) // len(LINES)
MACHINE_LINE = np.arange(len(MACHINE)) // 4
MACHINE_FACTORY = LINE_FACTORY[MACHINE_LINE]
SENSOR_MACHINE = np.arange(len(SENSOR)) // 3
EMPLOYEE_FACTORY = np.arange(len(EMPLOYEE)) // EMPLOYEES_PER_FACTORY
OPERATORS_PER_LINE = 24
SLOT_OF_CATEGORY = {category: slot for slot, (_, _, categories) in enumerate(LINES) for category in categories}
PRODUCT_SLOT = np.array([SLOT_OF_CATEGORY[category] for category in PRODUCT_CATEGORY])


def line_of(factory: np.ndarray, product: np.ndarray) -> np.ndarray:
    """The line that makes a product in a factory."""
    return factory * len(LINES) + PRODUCT_SLOT[product]


def operator(rng: np.random.Generator, line: np.ndarray) -> np.ndarray:
    """Someone who works on the line: the first employees of a factory are its lines' operators."""
    place = whole(rng, 0, OPERATORS_PER_LINE - 1, len(line))
    return LINE_FACTORY[line] * EMPLOYEES_PER_FACTORY + line % len(LINES) * OPERATORS_PER_LINE + place


def colleague(rng: np.random.Generator, factory: np.ndarray) -> np.ndarray:
    """Someone of the factory who is not an operator."""
    first_office_worker = len(LINES) * OPERATORS_PER_LINE
    place = whole(rng, first_office_worker, EMPLOYEES_PER_FACTORY - 1, len(factory))
    return factory * EMPLOYEES_PER_FACTORY + place


@dataclass(frozen=True)
class Company:
    """Prices, terms and people, drawn once per plan and used by all databases."""

    plan: Plan

    @cached_property
    def standard_cost(self) -> np.ndarray:
        """INR per unit of each material."""
        rng = self.plan.rng("standard cost")
        return np.concatenate([amounts(rng, low, high, count) for *_, count, low, high in MATERIAL_TYPES])

    @cached_property
    def product_cost(self) -> np.ndarray:
        return self.standard_cost[FINISHED_GOODS]

    @cached_property
    def list_price(self) -> np.ndarray:
        """INR per unit, by customer and product: a quarter to a half above standard cost."""
        markup = self.plan.rng("list price").uniform(1.28, 1.55, (len(CUSTOMERS), len(PRODUCT)))
        return np.round(markup * self.product_cost, 2)

    @cached_property
    def components(self) -> np.ndarray:
        """The materials each product is built of, one row per product."""
        rng = self.plan.rng("components")
        return np.array([rng.choice(BUILT_IN, COMPONENTS_PER_PRODUCT, replace=False) for _ in PRODUCT])

    @cached_property
    def cycle_seconds(self) -> np.ndarray:
        """Standard seconds to make one unit of each product."""
        return whole(self.plan.rng("cycle time"), 8, 24, len(PRODUCT)) * 10

    @cached_property
    def unit_weight_kg(self) -> np.ndarray:
        return amounts(self.plan.rng("weight"), 0.4, 12, len(PRODUCT), decimals=1)

    @cached_property
    def payment_terms_days(self) -> np.ndarray:
        return np.array([30, 45, 60])[np.arange(len(CUSTOMERS)) % 3]

    @cached_property
    def first_names(self) -> np.ndarray:
        return pick(self.plan.rng("first names"), FIRST_NAMES, len(EMPLOYEE))

    @cached_property
    def last_names(self) -> np.ndarray:
        return pick(self.plan.rng("last names"), LAST_NAMES, len(EMPLOYEE))

    @cached_property
    def hire_dates(self) -> np.ndarray:
        days = whole(self.plan.rng("hire dates"), 100, 4000, len(EMPLOYEE))
        return self.plan.start - days

    @cached_property
    def office_employees(self) -> np.ndarray:
        """The employees that the HR system knows; only master data knows the others."""
        return np.arange(0, len(EMPLOYEE), 7)


def supplied_material(supplier: np.ndarray, choice: np.ndarray) -> np.ndarray:
    """The material that a supplier offers as its choice-th, 0 to MATERIALS_PER_SUPPLIER - 1."""
    return BOUGHT[(supplier * 7 + choice * 13) % len(BOUGHT)]
