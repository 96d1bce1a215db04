"""genims_master_db: what the other databases refer to."""

from __future__ import annotations

import numpy as np

from dev.sample_data.business import World
from dev.sample_data.columns import Columns, amounts, cycle, ids, only, pick, strings, texts, whole
from dev.sample_data.company import (
    CUSTOMER,
    CUSTOMERS,
    EMPLOYEE,
    EMPLOYEE_FACTORY,
    EMPLOYEES_PER_FACTORY,
    FACTORIES,
    FACTORY,
    LINE,
    LINE_FACTORY,
    LINES,
    MACHINE,
    MACHINE_FACTORY,
    MACHINE_LINE,
    OPERATORS_PER_LINE,
    PRODUCT,
    PRODUCT_CATEGORY,
    PRODUCT_CODE,
    PRODUCT_NAME,
    SENSOR,
    SENSOR_MACHINE,
    line_of,
)

MACHINE_TYPES = {
    "assembly": ("robot_arm", "press_fit_station", "torque_station", "test_bench"),
    "machining": ("cnc_lathe", "milling_center", "grinding_machine", "washing_machine"),
    "welding": ("robot_welder", "spot_welder", "laser_welder", "press_brake"),
}
MAKERS = ["Bosch", "Fanuc", "Kuka", "Mitsubishi", "Okuma", "Siemens", "Trumpf"]
SENSOR_TYPES = [
    # type, unit, normal minimum, normal maximum
    ("temperature", "Celsius", 20, 80),
    ("vibration", "mm/s", 0, 7),
    ("current", "ampere", 5, 60),
]
SHIFTS = [
    ("shift_a", "A", "06:00:00", "14:00:00", 8, "regular", 30, "mon,tue,wed,thu,fri"),
    ("shift_b", "B", "14:00:00", "22:00:00", 8, "regular", 30, "mon,tue,wed,thu,fri"),
    ("shift_c", "C", "22:00:00", "06:00:00", 8, "regular", 30, "mon,tue,wed,thu,fri"),
    ("weekend_a", "WA", "06:00:00", "18:00:00", 12, "overtime", 60, "sat,sun"),
]
OFFICE_ROLES = [
    # role, department, of 40 per factory
    ("supervisor", "production", 8),
    ("technician", "maintenance", 10),
    ("quality_inspector", "quality", 8),
    ("production_engineer", "production", 5),
    ("planning_coordinator", "planning", 4),
    ("logistics_coordinator", "logistics", 4),
    ("manager", "management", 1),
]


def tables(world: World) -> dict[str, Columns]:
    return {
        "factories": factories(world),
        "production_lines": production_lines(world),
        "machines": machines(world),
        "sensors": sensors(world),
        "products": products(world),
        "line_product_mapping": line_product_mapping(world),
        "customers": customers(world),
        "customer_product_mapping": customer_product_mapping(world),
        "employees": employees(world),
        "shifts": shifts(world),
    }


def factories(world: World) -> Columns:
    rng = world.plan.rng("factories")
    city, country, region, timezone = map(strings, zip(*FACTORIES, strict=True))
    count = len(FACTORY)
    return dict(
        factory_id=FACTORY,
        factory_name=city + " Auto Parts Manufacturing Plant",
        country=country,
        city=city,
        region=region,
        timezone=timezone,
        total_area_sqm=whole(rng, 80_000, 150_000, count),
        operational_since=world.plan.start - whole(rng, 4000, 8000, count),
        factory_type="integrated",
        certification="ISO9001:2015, IATF16949:2016, ISO14001:2015",
    )


def production_lines(world: World) -> Columns:
    rng = world.plan.rng("lines")
    count = len(LINE)
    name, kind, categories = zip(*LINES, strict=True)
    return dict(
        line_id=LINE,
        factory_id=FACTORY[LINE_FACTORY],
        line_name=texts("{} Line {}", cycle(name, count), np.arange(count) % len(LINES) + 1),
        line_number=np.arange(count) % len(LINES) + 1,
        product_category=cycle([names[0] for names in categories], count),
        line_type=cycle(kind, count),
        design_capacity_units_per_hour=whole(rng, 80, 290, count),
        installed_capacity_units_per_hour=whole(rng, 60, 260, count),
        line_length_meters=amounts(rng, 60, 200, count),
        num_stations=whole(rng, 8, 25, count),
        automation_level=pick(rng, ["fully-automated", "semi-automated", "manual"], count),
        commissioning_date=world.plan.start - whole(rng, 500, 4500, count),
    )


def machines(world: World) -> Columns:
    rng = world.plan.rng("machines")
    count = len(MACHINE)
    kind = np.concatenate([strings(MACHINE_TYPES[line_type]) for _, line_type, _ in LINES] * len(FACTORIES))
    installed = world.plan.start - whole(rng, 300, 4000, count)
    installed[-2:] = world.plan.today - [200, 40]  # two bought during the history
    return dict(
        machine_id=MACHINE,
        line_id=LINE[MACHINE_LINE],
        factory_id=FACTORY[MACHINE_FACTORY],
        machine_name=texts("{} - Station {}", [name.replace("_", " ").title() for name in kind], station(count)),
        machine_code=texts("{:03d}-M{:02d}", MACHINE_LINE + 1, station(count)),
        machine_type=kind,
        manufacturer=pick(rng, MAKERS, count),
        model_number=texts("MDL-{}", whole(rng, 1000, 9999, count)),
        serial_number=texts("SER-{:06d}", np.arange(count) + 1),
        installation_date=installed,
        last_major_overhaul=only(installed < world.plan.start, world.plan.start - whole(rng, 10, 290, count)),
        design_capacity_units_per_hour=whole(rng, 30, 200, count),
        power_rating_kw=amounts(rng, 20, 120, count),
        maintenance_schedule=pick(rng, ["weekly", "monthly", "quarterly"], count),
        criticality=pick(rng, ["low", "medium", "high", "critical"], count, weights=[2, 4, 3, 1]),
        asset_value_usd=amounts(rng, 60_000, 450_000, count),
        expected_life_years=whole(rng, 12, 20, count),
        current_age_years=np.round((world.plan.today - installed).astype(int) / 365, 2),
    )


def station(machine_count: int) -> np.ndarray:
    return np.arange(machine_count) % 4 + 1


def sensors(world: World) -> Columns:
    rng = world.plan.rng("sensors")
    count = len(SENSOR)
    kind, unit, low, high = zip(*SENSOR_TYPES, strict=True)
    low, high = np.array(low)[np.arange(count) % 3], np.array(high)[np.arange(count) % 3]
    return dict(
        sensor_id=SENSOR,
        machine_id=MACHINE[SENSOR_MACHINE],
        line_id=LINE[MACHINE_LINE[SENSOR_MACHINE]],
        factory_id=FACTORY[MACHINE_FACTORY[SENSOR_MACHINE]],
        sensor_name=texts("{} Sensor - {}", [name.title() for name in cycle(kind, count)], SENSOR),
        sensor_code=texts("{}-S{:02d}", MACHINE[SENSOR_MACHINE], np.arange(count) % 3 + 1),
        sensor_type=cycle(kind, count),
        measurement_unit=cycle(unit, count),
        measurement_range_min=low - 20,
        measurement_range_max=high * 1.5,
        normal_operating_min=low,
        normal_operating_max=high,
        warning_threshold_min=low - 5,
        warning_threshold_max=high * 1.1,
        critical_threshold_min=low - 10,
        critical_threshold_max=high * 1.3,
        sampling_frequency_hz=amounts(rng, 0.1, 100, count),
        data_protocol=pick(rng, ["OPC-UA", "MQTT", "Modbus-TCP"], count),
        manufacturer=pick(rng, ["Honeywell", "Omron", "Siemens"], count),
        model_number=texts("SM-{}", whole(rng, 1000, 9999, count)),
        calibration_date=world.plan.today - whole(rng, 1, 300, count),
        calibration_frequency_days=pick(rng, np.array([180, 365]), count),
        accuracy_percentage=amounts(rng, 0.1, 2, count),
    )


def products(world: World) -> Columns:
    rng = world.plan.rng("products")
    count = len(PRODUCT)
    is_assembly = np.array(["Assembly" in name or "Module" in name for name in PRODUCT_NAME])
    return dict(
        product_id=PRODUCT,
        product_code=PRODUCT_CODE,
        product_name=PRODUCT_NAME,
        product_category=PRODUCT_CATEGORY,
        product_type=np.where(is_assembly, "assembly", "component").astype(object),
        description=PRODUCT_NAME + " for passenger and commercial vehicles",
        bill_of_material_complexity=np.where(is_assembly, "complex", "simple").astype(object),
        number_of_components=np.where(is_assembly, whole(rng, 12, 45, count), whole(rng, 1, 8, count)),
        standard_cycle_time_seconds=world.company.cycle_seconds,
        target_quality_ppm=whole(rng, 15_000, 35_000, count),
        unit_weight_kg=world.company.unit_weight_kg,
        material_type=pick(rng, ["steel", "aluminum", "plastic", "composite"], count),
    )


def line_product_mapping(world: World) -> Columns:
    rng = world.plan.rng("line products")
    factory = np.repeat(np.arange(len(FACTORY)), len(PRODUCT))
    product = np.tile(np.arange(len(PRODUCT)), len(FACTORY))
    count = len(product)
    return dict(
        mapping_id=ids("LPM", count),
        line_id=LINE[line_of(factory, product)],
        product_id=PRODUCT[product],
        factory_id=FACTORY[factory],
        is_primary_line=True,
        standard_cycle_time_seconds=world.company.cycle_seconds[product],
        setup_time_minutes=whole(rng, 15, 60, count),
        changeover_time_minutes=whole(rng, 30, 120, count),
        yield_percentage=amounts(rng, 95, 99, count),
    )


def customers(world: World) -> Columns:
    rng = world.plan.rng("customers")
    code, name, country, region, segment = map(strings, zip(*CUSTOMERS, strict=True))
    count = len(CUSTOMER)
    return dict(
        customer_id=CUSTOMER,
        customer_code=code,
        customer_name=name,
        customer_type="oem",
        country=country,
        region=region,
        industry_segment=segment,
        annual_volume_estimate=whole(rng, 80_000, 500_000, count),
        quality_rating=pick(rng, ["good", "excellent"], count),
        payment_terms_days=world.company.payment_terms_days,
        sla_on_time_delivery_percentage=amounts(rng, 85, 92, count),
        sla_quality_ppm_max=whole(rng, 20_000, 40_000, count),
    )


def customer_product_mapping(world: World) -> Columns:
    """Every customer buys every product; the yearly volume is what was ordered, within a fifth."""
    rng = world.plan.rng("customer products")
    lines = world.sales_lines
    customer = np.repeat(np.arange(len(CUSTOMER)), len(PRODUCT))
    product = np.tile(np.arange(len(PRODUCT)), len(CUSTOMER))
    count = len(product)
    ordered = np.bincount(lines.customer * len(PRODUCT) + lines.product, weights=lines.quantity, minlength=count)
    return dict(
        mapping_id=ids("CPM", count),
        customer_id=CUSTOMER[customer],
        product_id=PRODUCT[product],
        annual_volume=np.round(ordered * 12 / 13 * rng.uniform(0.85, 1.2, count)),
        unit_price_usd=np.round(world.company.list_price[customer, product] / 84, 2),
        lead_time_days=whole(rng, 14, 30, count),
        quality_requirement_ppm=whole(rng, 15_000, 40_000, count),
    )


def employees(world: World) -> Columns:
    rng = world.plan.rng("employees")
    company = world.company
    count = len(EMPLOYEE)
    place = np.arange(count) % EMPLOYEES_PER_FACTORY
    is_operator = place < len(LINES) * OPERATORS_PER_LINE
    office = np.repeat(np.arange(len(OFFICE_ROLES)), [number for *_, number in OFFICE_ROLES])
    office = office[np.maximum(place - len(LINES) * OPERATORS_PER_LINE, 0)]
    role, department, _ = zip(*OFFICE_ROLES, strict=True)
    line = EMPLOYEE_FACTORY * len(LINES) + np.minimum(place // OPERATORS_PER_LINE, len(LINES) - 1)
    return dict(
        employee_id=EMPLOYEE,
        factory_id=FACTORY[EMPLOYEE_FACTORY],
        line_id=only(is_operator, LINE[line]),
        employee_code=texts("E{:05d}", np.arange(count) + 1),
        first_name=company.first_names,
        last_name=company.last_names,
        email=texts("{}.{}{}@company.example", company.first_names, company.last_names, np.arange(count) + 1),
        phone=texts("+00 {}", whole(rng, 10**9, 10**10 - 1, count)),
        role=np.where(is_operator, "operator", strings(role)[office]),
        department=np.where(is_operator, "production", strings(department)[office]),
        shift=pick(rng, ["shift_a", "shift_b", "shift_c"], count),
        skill_level=pick(rng, ["trainee", "skilled", "senior", "expert"], count, weights=[1, 5, 3, 1]),
        hire_date=company.hire_dates,
        experience_years=amounts(rng, 0.5, 25, count),
        certifications=pick(rng, ["Basic Safety", "Lean Manufacturing, 5S", "ISO9001 Auditor"], count),
    )


def shifts(world: World) -> Columns:
    count = len(FACTORY) * len(SHIFTS)
    values = zip(*SHIFTS, strict=True)
    name, code, start, end, duration, kind, pause, weekdays = (cycle(column, count) for column in values)
    return dict(
        shift_id=ids("SFT", count),
        factory_id=np.repeat(FACTORY, len(SHIFTS)),
        shift_name=name,
        shift_code=code,
        start_time=start,
        end_time=end,
        duration_hours=duration.astype(int),
        shift_type=kind,
        break_duration_minutes=pause.astype(int),
        days_of_week=weekdays,
    )
