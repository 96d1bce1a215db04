"""genims_hr_db: the employees in the offices, their time, training and safety."""

from __future__ import annotations

import numpy as np

from dev.sample_data.business import World
from dev.sample_data.columns import (
    Columns,
    amounts,
    chance,
    cycle,
    hours,
    ids,
    minutes_between,
    numbered_by_day,
    only,
    pick,
    repeat,
    strings,
    texts,
    whole,
)
from dev.sample_data.company import EMPLOYEE, EMPLOYEE_FACTORY, EMPLOYEES_PER_FACTORY, FACTORIES, FACTORY
from dev.sample_data.master import employees as master_employees

DEPARTMENTS = ["production", "maintenance", "quality", "planning", "logistics", "management"]
COURSES = [
    # name, category, hours
    ("New Employee Orientation", "compliance", 4),
    ("Workplace Safety Basics", "safety", 8),
    ("Lockout-Tagout Procedures", "safety", 8),
    ("Quality Management Systems", "technical", 16),
    ("Lean Manufacturing Principles", "technical", 16),
    ("Forklift Operation Certification", "safety", 24),
    ("First Aid & CPR", "safety", 8),
    ("Hazardous Materials Handling", "safety", 16),
    ("Leadership Development", "soft_skills", 24),
    ("Communication Skills", "soft_skills", 8),
]
LEAVE_TYPES = ["Annual Leave", "Sick Leave", "Study Leave", "Unpaid Leave"]
PARTICIPANTS = 10
INCIDENTS = 26
GRADES = strings(["A", "B", "C", "D", "E"])


def tables(world: World) -> dict[str, Columns]:
    return {
        "departments": departments(world),
        "employees": employees(world),
        "employee_employment_history": employee_employment_history(world),
        "attendance_records": attendance_records(world),
        "leave_types": leave_types(world),
        "leave_requests": leave_requests(world),
        "performance_reviews": performance_reviews(world),
        "employee_goals": employee_goals(world),
        "training_courses": training_courses(world),
        "training_requirements": training_requirements(world),
        "training_schedules": training_schedules(world),
        "training_enrollments": training_enrollments(world),
        "employee_certifications": employee_certifications(world),
        "safety_incidents": safety_incidents(world),
        "offboarding_records": offboarding_records(world),
        "succession_planning": succession_planning(world),
        "succession_candidates": succession_candidates(world),
        "hcm_integration_log": hcm_integration_log(world),
    }


def department_of(world: World) -> np.ndarray:
    """The department id of every employee of master data."""
    names = master_employees(world)["department"]
    return ids("DEPT", EMPLOYEE_FACTORY * len(DEPARTMENTS) + np.array([DEPARTMENTS.index(name) for name in names]) + 1)


def departments(world: World) -> Columns:
    factory, number = repeat(np.full(len(FACTORIES), len(DEPARTMENTS)))
    count = len(factory)
    name = strings(DEPARTMENTS)[number - 1]
    return dict(
        department_id=ids("DEPT", count),
        department_code=texts("FAC-{:04d}-{}", factory + 1, [text[:4].upper() for text in name]),
        department_name=texts("{} {}", [text.title() for text in name], [FACTORIES[i][0] for i in factory]),
        factory_id=FACTORY[factory],
        cost_center=ids("CC", factory * 10 + number),
    )


def employees(world: World) -> Columns:
    rng = world.plan.rng("hr employees")
    who = world.company.office_employees
    count = len(who)
    master = master_employees(world)
    role = master["role"][who]
    grade = whole(rng, 0, 4, count)
    return dict(
        employee_id=EMPLOYEE[who],
        employee_number=texts("EMP{:05d}", who + 1),
        first_name=world.company.first_names[who],
        last_name=world.company.last_names[who],
        gender=pick(rng, ["F", "M"], count),
        date_of_birth=world.plan.start - whole(rng, 22 * 365, 58 * 365, count),
        work_email=master["email"][who],
        personal_email=texts("private{}@mail.example", who + 1),
        mobile_phone=master["phone"][who],
        address_line1=texts("{} Main Street", whole(rng, 1, 400, count)),
        city=strings([city for city, *_ in FACTORIES])[EMPLOYEE_FACTORY[who]],
        country=strings([country for _, country, *_ in FACTORIES])[EMPLOYEE_FACTORY[who]],
        hire_date=world.company.hire_dates[who],
        employment_type="full_time",
        primary_factory_id=FACTORY[EMPLOYEE_FACTORY[who]],
        primary_department_id=department_of(world)[who],
        primary_position_id=ids("POS", who + 1),
        job_title=strings([text.replace("_", " ").title() for text in role]),
        job_level=pick(rng, ["entry", "intermediate", "lead"], count),
        shift_type=pick(rng, ["day", "evening", "night"], count),
        salary_grade=GRADES[grade],
        annual_salary=np.round(1_800_000 - grade * 300_000 + rng.uniform(0, 200_000, count), 2),
        national_id=texts("NATID{:08d}", whole(rng, 0, 10**8 - 1, count)),
        tax_id=texts("TAX{:09d}", whole(rng, 0, 10**9 - 1, count)),
        username=texts("user{:04d}", who + 1),
        created_by="SYSTEM",
    )


def employee_employment_history(world: World) -> Columns:
    rng = world.plan.rng("employment history")
    who = world.company.office_employees
    count = len(who)
    salary = amounts(rng, 500_000, 1_500_000, count)
    change = pick(rng, ["promotion", "transfer"], count)
    return dict(
        history_id=ids("EEH", count),
        employee_id=EMPLOYEE[who],
        change_type=change,
        previous_job_level="professional",
        new_job_level=np.where(change == "promotion", "senior professional", "professional").astype(object),
        previous_department_id=department_of(world)[who],
        new_department_id=department_of(world)[who],
        previous_factory_id=FACTORY[EMPLOYEE_FACTORY[who]],
        new_factory_id=FACTORY[EMPLOYEE_FACTORY[who]],
        previous_salary=salary,
        new_salary=np.round(salary * 1.08, 2),
        effective_date=pick(rng, world.plan.workdays[:-20], count),
        reason="Performance",
        approved_by=factory_manager(who),
    )


def factory_manager(who: np.ndarray) -> np.ndarray:
    """A factory's last employee is its manager."""
    return EMPLOYEE[(EMPLOYEE_FACTORY[who] + 1) * EMPLOYEES_PER_FACTORY - 1]


def attendance_records(world: World) -> Columns:
    """Every workday of every office employee: nineteen in twenty present, the others on leave or absent."""
    plan = world.plan
    rng = plan.rng("attendance")
    who = world.company.office_employees
    day = np.repeat(plan.workdays, len(who))
    employee = np.tile(who, len(plan.workdays))
    count = len(day)
    present = chance(rng, 0.95, count)
    late = np.where(chance(rng, 0.08, count), whole(rng, 5, 45, count), 0)
    overtime = np.where(chance(rng, 0.12, count), amounts(rng, 0.5, 2, count, decimals=1), 0)
    clock_in = day.astype("datetime64[s]") + hours(8 + late / 60)
    clock_out = day.astype("datetime64[s]") + hours(17 + overtime)
    worked = np.round(minutes_between(clock_in, clock_out) / 60 - 1, 2)  # an hour of breaks
    status = np.where(present, "present", np.where(chance(rng, 0.8, count), "on_leave", "absent"))
    is_over = day < plan.today
    return dict(
        attendance_id=ids("ATT", count),
        employee_id=EMPLOYEE[employee],
        attendance_date=day,
        clock_in_time=only(present, clock_in),
        clock_out_time=only(present & is_over, clock_out),
        scheduled_hours=8,
        actual_hours=only(is_over, np.where(present, worked, 0)),
        regular_hours=only(is_over, np.where(present, np.minimum(worked, 8), 0)),
        overtime_hours=only(is_over, np.where(present, overtime, 0)),
        attendance_status=status.astype(object),
        late_minutes=np.where(present, late, 0),
        overtime_approved=present & (overtime > 0),
    )


def leave_types(world: World) -> Columns:
    count = len(LEAVE_TYPES)
    return dict(
        leave_type_id=ids("LT", count),
        leave_type_code=strings([name[:3].upper() for name in LEAVE_TYPES]),
        leave_type_name=strings(LEAVE_TYPES),
        max_days_per_year=np.array([24, 12, 5, 30]),
    )


def leave_requests(world: World) -> Columns:
    plan = world.plan
    rng = plan.rng("leave")
    count = 400
    start = np.sort(pick(rng, np.concatenate([plan.workdays, plan.today + np.arange(1, 15)]), count))
    days = whole(rng, 1, 5, count)
    decided = start < plan.today + 5
    return dict(
        request_id=ids("LR", count),
        employee_id=EMPLOYEE[pick(rng, world.company.office_employees, count)],
        leave_type_id=ids("LT", whole(rng, 1, len(LEAVE_TYPES), count)),
        request_date=start - 21,
        start_date=start,
        end_date=start + days - 1,
        total_days=days,
        reason="Personal reasons",
        request_status=np.where(decided, "approved", "pending").astype(object),
        approved_by=only(decided, pick(rng, EMPLOYEE, count)),
        approval_date=only(decided, start - 14),
        hr_approved=decided,
    )


def performance_reviews(world: World) -> Columns:
    rng = world.plan.rng("reviews")
    who = world.company.office_employees
    count = len(who)
    rating = amounts(rng, 3, 5, count)
    end = world.plan.today.astype("datetime64[Y]").astype("datetime64[D]") - 1
    reviewed = np.minimum(end + whole(rng, 10, 40, count), world.plan.today)
    return dict(
        review_id=ids("REV", count),
        employee_id=EMPLOYEE[who],
        review_type="annual",
        review_period_start=end - 364,
        review_period_end=end,
        reviewer_id=factory_manager(who),
        review_date=reviewed,
        overall_rating=rating,
        performance_level=np.where(rating > 4, "exceeds", "meets").astype(object),
        goals_achieved=whole(rng, 3, 5, count),
        goals_total=5,
        review_status="finalized",
        acknowledged_by_employee=True,
        hr_reviewed=True,
        hr_reviewed_by=EMPLOYEE[who[0]],
        hr_reviewed_date=np.minimum(reviewed + 7, world.plan.today),
    )


def employee_goals(world: World) -> Columns:
    rng = world.plan.rng("goals")
    employee, number = repeat(np.full(len(world.company.office_employees), 2))
    count = len(employee)
    progress = whole(rng, 0, 100, count)
    start = world.plan.today - whole(rng, 30, 300, count)
    return dict(
        goal_id=ids("GOAL", count),
        employee_id=EMPLOYEE[world.company.office_employees[employee]],
        goal_title=texts("Goal {} for employee", number),
        goal_description="Agreed with the supervisor",
        start_date=start,
        target_date=start + 180,
        goal_status=np.where(progress > 95, "completed", "in_progress").astype(object),
        progress_pct=progress,
        weight_pct=50,
    )


def training_courses(world: World) -> Columns:
    rng = world.plan.rng("courses")
    count = len(COURSES)
    name, category, length = zip(*COURSES, strict=True)
    return dict(
        course_id=ids("COURSE", count),
        course_code=texts("TRN{:04d}", np.arange(count) + 1),
        course_name=strings(name),
        course_category=strings(category),
        course_type="classroom",
        duration_hours=np.array(length),
        delivery_method=cycle(["in_person", "virtual"], count),
        has_assessment=True,
        passing_score=70,
        cost_per_participant=amounts(rng, 500, 5000, count),
    )


def training_requirements(world: World) -> Columns:
    count = len(COURSES)
    return dict(
        requirement_id=ids("TREQ", count),
        requirement_type=cycle(["regulatory", "role_based"], count),
        role_id=ids("ROLE", count),
        course_id=ids("COURSE", count),
        frequency="annual",
        validity_months=12,
    )


def sessions(world: World) -> np.ndarray:
    """The days of the training sessions: one per week and factory in turn, three of them still to come."""
    return np.arange(world.plan.start + 14, world.plan.today + 22, 7)


def training_schedules(world: World) -> Columns:
    day = sessions(world)
    count = len(day)
    done = day < world.plan.today
    return dict(
        schedule_id=ids("SCHED", count),
        course_id=cycle(ids("COURSE", len(COURSES)), count),
        session_name=texts("Session {}", np.arange(count) + 1),
        start_datetime=day.astype("datetime64[s]") + hours(9),
        end_datetime=day.astype("datetime64[s]") + hours(17),
        factory_id=cycle(FACTORY, count),
        max_participants=20,
        current_enrollment=PARTICIPANTS,
        schedule_status=np.where(done, "completed", "scheduled").astype(object),
        completed_date=only(done, day),
        created_at=day - 30,
        updated_at=day - 30,
    )


def training_enrollments(world: World) -> Columns:
    rng = world.plan.rng("enrollments")
    day = sessions(world)
    session, number = repeat(np.full(len(day), PARTICIPANTS))
    who = world.company.office_employees
    count = len(session)
    done = day[session] < world.plan.today
    score = amounts(rng, 55, 100, count)
    passed = done & (score >= 70)
    hours_attended = np.array([length for *_, length in COURSES])[session % len(COURSES)]
    return dict(
        enrollment_id=ids("ENR", count),
        schedule_id=ids("SCHED", session + 1),
        employee_id=EMPLOYEE[who[(session * PARTICIPANTS + number) % len(who)]],
        enrollment_date=day[session] - 20,
        enrollment_status=np.where(done, "attended", "enrolled").astype(object),
        attended=done,
        attendance_date=only(done, day[session]),
        attendance_hours=only(done, hours_attended),
        assessment_score=only(done, score),
        passed=passed,
        completion_status=only(done, np.where(passed, "completed", "failed")),
        completion_date=only(passed, day[session]),
        certificate_issued=passed,
    )


def employee_certifications(world: World) -> Columns:
    rng = world.plan.rng("certifications")
    who = world.company.office_employees
    count = len(who)
    issued = world.plan.today - whole(rng, 30, 800, count)
    expires = issued + 730
    return dict(
        certification_id=ids("CERT", count),
        employee_id=EMPLOYEE[who],
        certification_name=pick(rng, ["Safety Certification", "First Aid", "Forklift License"], count),
        certification_type=pick(rng, ["safety", "professional", "equipment"], count),
        issuing_organization="Internal",
        certification_number=texts("CN-{:06d}", who + 1),
        issue_date=issued,
        expiry_date=expires,
        renewal_frequency_months=24,
        certification_status=np.where(expires > world.plan.today, "active", "expired").astype(object),
    )


def safety_incidents(world: World) -> Columns:
    rng = world.plan.rng("incidents")
    day = np.sort(pick(rng, world.plan.workdays[:-2], INCIDENTS))
    who = pick(rng, world.company.office_employees, INCIDENTS)
    recordable = chance(rng, 0.3, INCIDENTS)
    away = np.where(recordable & chance(rng, 0.5, INCIDENTS), whole(rng, 1, 10, INCIDENTS), 0)
    return dict(
        incident_id=ids("INC", INCIDENTS),
        incident_number=numbered_by_day("SI", day),
        employee_id=EMPLOYEE[who],
        incident_date=day,
        incident_time=texts("{:02d}:15:00", whole(rng, 7, 18, INCIDENTS)),
        factory_id=FACTORY[EMPLOYEE_FACTORY[who]],
        department_id=department_of(world)[who],
        incident_location=pick(rng, ["Warehouse", "Production Floor", "Loading Dock"], INCIDENTS),
        incident_type=np.where(recordable, "injury", "near_miss").astype(object),
        severity=np.where(away > 0, "moderate", "minor").astype(object),
        description="Reported by the supervisor",
        medical_treatment_required=recordable,
        days_away_from_work=away,
        investigation_status="completed",
        osha_recordable=recordable,
        incident_status=np.where(day < world.plan.today - 30, "closed", "open").astype(object),
    )


def offboarding_records(world: World) -> Columns:
    rng = world.plan.rng("offboarding")
    who = np.sort(rng.choice(np.setdiff1d(np.arange(len(EMPLOYEE)), world.company.office_employees), 12, replace=False))
    return dict(
        offboarding_id=ids("OFF", 12),
        employee_id=EMPLOYEE[who],
        exit_type="resignation",
        notice_period_days=30,
        last_working_date=np.sort(pick(rng, world.plan.workdays[:-20], 12)),
        clearance_status="completed",
    )


def succession_planning(world: World) -> Columns:
    rng = world.plan.rng("succession")
    who = world.company.office_employees[:10]
    return dict(
        succession_id=ids("SP", 10),
        position_id=ids("POS", who + 1),
        current_incumbent_id=EMPLOYEE[who],
        succession_risk=pick(rng, ["low", "medium", "high"], 10),
        successor_ready=chance(rng, 0.5, 10),
    )


def succession_candidates(world: World) -> Columns:
    return dict(
        candidate_id=ids("SC", 10),
        succession_id=ids("SP", 10),
        employee_id=EMPLOYEE[world.company.office_employees[10:20]],
        readiness_level=cycle(["ready_now", "ready_1_year", "ready_2_years"], 10),
    )


def hcm_integration_log(world: World) -> Columns:
    rng = world.plan.rng("hcm log")
    failed = chance(rng, 0.1, 80)
    return dict(
        log_id=ids("HLOG", 80),
        log_timestamp=np.sort(world.plan.now - hours(rng.uniform(1, 24 * 60, 80))),
        integration_direction=cycle(["inbound", "outbound"], 80),
        target_system="HCM",
        document_type="attendance",
        document_id=ids("ATT", 80),
        integration_status=np.where(failed, "error", "success").astype(object),
        error_message=only(failed, "Data validation error"),
    )
