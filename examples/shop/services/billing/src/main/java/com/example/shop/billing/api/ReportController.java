package com.example.shop.billing.api;

import com.example.shop.billing.service.ReportService;
import java.util.List;
import java.util.Map;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/v1/reports")
public class ReportController {

    private final ReportService reports;

    public ReportController(ReportService reports) {
        this.reports = reports;
    }

    @GetMapping("/outstanding")
    public Map<String, Long> outstanding() {
        return reports.outstanding();
    }

    @GetMapping("/payments")
    public List<PaymentView> payments() {
        return reports.received().stream().map(PaymentView::of).toList();
    }
}
